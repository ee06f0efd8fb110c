#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("the cosine of angles along an axis, with its sign turned") {
  const Tensor y_true = tensor({{1.0, 0.0}, {3.0, 4.0}, {1.0, 1.0}}),
               y_pred = tensor({{2.0, 0.0}, {4.0, -3.0}, {-1.0, -1.0}});
  CHECK(allclose(losses::cosine_similarity(y_true, y_pred), tensor({-1.0, 0.0, 1.0}), 1e-6, 1e-6));
  const Tensor columns = losses::cosine_similarity(y_true.transpose(), y_pred.transpose(), 0);
  CHECK(allclose(columns, tensor({-1.0, 0.0, 1.0}), 1e-6, 1e-6));
  CHECK(losses::CosineSimilarity()(y_true, y_pred).item() == Approx(0).margin(1e-6));
}

TEST_CASE("a vector of zeros has the cosine 0, and a gradient that is a number") {
  const Tensor y_pred = zeros({1, 2}).set_requires_grad();
  const Tensor loss = losses::CosineSimilarity()(tensor({{1.0, 2.0}}), y_pred);
  CHECK(loss.item() == 0);
  CHECK(all(isfinite(grad(loss, y_pred))).item<bool>());
}

TEST_CASE("an axis that predictions lack is refused") {
  CHECK_THROWS_MATCHES(losses::cosine_similarity(ones({2, 3}), ones({2, 3}), 2), IndexError,
                       Message("cosine_similarity: axis 2 is out of range for predictions [2, 3]"));
  CHECK_THROWS_AS(losses::CosineSimilarity({.axis = -3}).check_targets(ones({2, 3}), {2, 3}), IndexError);
}
