#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("the generalized cross-entropy lies between cross-entropy and absolute error") {
  const Tensor y_pred = tensor({{0.2, 0.8}, {0.75, 0.25}});
  CHECK(allclose(losses::categorical_generalized_cross_entropy(tensor({1, 0}), y_pred, 0.5),
                 tensor({2 * (1 - std::sqrt(0.8)), 2 * (1 - std::sqrt(0.75))})));
  CHECK(allclose(losses::categorical_generalized_cross_entropy(tensor({{1}, {0}}), y_pred, 1e-4),
                 tensor({-std::log(0.8), -std::log(0.75)}), 1e-2));
  CHECK(losses::CategoricalGeneralizedCrossEntropy().name() == "categorical_generalized_cross_entropy");
}

TEST_CASE("the generalized cross-entropy checks q and labels") {
  const losses::CategoricalGeneralizedCrossEntropy loss;
  for (const double q : {0.0, 1.0, -1.0}) {
    CHECK_THROWS_WITH(losses::CategoricalGeneralizedCrossEntropy({.q = q}),
                      Contains("CategoricalGeneralizedCrossEntropy: q must lie between 0 and 1, neither of which"));
  }
  CHECK_THROWS_MATCHES(loss(tensor({0, 2}), full({2, 2}, 0.5)), IndexError,
                       Message("categorical_generalized_cross_entropy: label 2 at position 1 is outside [0, 2)"));
  CHECK_THROWS_AS(loss.check_targets(tensor({0, 2}), {2, 2}), IndexError);
  CHECK_THROWS_MATCHES(loss(eye(2), full({2, 2}, 0.5)), ShapeError,
                       Message("categorical_generalized_cross_entropy: expected labels of shape [2] for predictions "
                               "[2, 2], given [2, 2]; of one-hot targets take argmax(y_true, -1)"));
}
