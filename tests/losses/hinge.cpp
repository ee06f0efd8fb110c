#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("hinges of labels -1 and 1, or 0 and 1") {
  const Tensor signs = tensor({{-1, 1}, {1, -1}}), truths = tensor({{0, 1}, {1, 0}});
  const Tensor y_pred = tensor({{-2.0, 0.5}, {-1.0, 0.25}});
  CHECK(allclose(losses::hinge(signs, y_pred), tensor({0.25, 1.625})));
  CHECK(allclose(losses::hinge(truths, y_pred), tensor({0.25, 1.625})));
  CHECK(allclose(losses::hinge(truths == 1, y_pred), tensor({0.25, 1.625})));
  CHECK(allclose(losses::squared_hinge(signs, y_pred), tensor({0.125, (4 + 1.5625) / 2})));
  CHECK(losses::SquaredHinge()(truths, y_pred).item() == Approx((0.125 + (4 + 1.5625) / 2) / 2));
}

TEST_CASE("a categorical hinge compares the class with the best other one") {
  const Tensor y_true = tensor({{0, 1, 0}, {1, 0, 0}}), y_pred = tensor({{0.2, 0.5, 0.1}, {3.0, 0.5, 1.5}});
  CHECK(allclose(losses::categorical_hinge(y_true, y_pred), tensor({0.7, 0.0})));
}

TEST_CASE("hinges refuse the numbers of classes") {
  const losses::Hinge loss;
  CHECK_THROWS_MATCHES(
      loss(tensor({1, 0, 2}), ones({3, 1})), ValueError,
      Message("hinge: target 2 at position [2, 0] is outside [-1, 1]; labels are -1 and 1, or 0 and 1; "
              "for the numbers of classes use to_categorical and categorical_hinge"));
  CHECK_THROWS_WITH(loss.check_targets(tensor({1, 0, 2}), {3, 1}), Contains("target 2 at position 2 is outside"));
  CHECK_THROWS_WITH(losses::SquaredHinge()(tensor({255, 0}, uint8), ones({2, 1})), Contains("target 255 at position"));
  CHECK_THROWS_AS(loss(full({2, 1}, NAN), ones({2, 1})), ValueError);
  CHECK_THROWS_MATCHES(losses::CategoricalHinge()(tensor({0, 2}), ones({2, 3})), ShapeError,
                       Message("categorical_hinge: shapes differ: y_true [2], y_pred [2, 3]; for labels use "
                               "to_categorical"));
  CHECK_THROWS_AS(losses::CategoricalHinge().check_targets(tensor({0, 2}), {2, 3}), ShapeError);
}
