#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("huber goes over from a square to a line at delta") {
  const Tensor y_true = zeros({1, 4}), y_pred = tensor({{0.5, -1.0, 2.0, -4.0}});
  CHECK(losses::huber(y_true, y_pred).item() == Approx((0.125 + 0.5 + 1.5 + 3.5) / 4));
  CHECK(losses::huber(y_true, y_pred, 2).item() == Approx((0.125 + 0.5 + 2 + 6) / 4));
  CHECK(losses::Huber({.delta = 2})(y_true, y_pred).item() == Approx((0.125 + 0.5 + 2 + 6) / 4));
  CHECK(losses::Huber().name() == "huber_loss");
  CHECK(losses::Loss("huber").call(y_true, y_pred).item() == Approx((0.125 + 0.5 + 1.5 + 3.5) / 4));
  CHECK_THROWS_MATCHES(losses::Huber({.delta = 0}), ValueError,
                       Message("Huber: delta must be positive and finite, given 0.0"));
  CHECK_THROWS_AS(losses::huber(y_true, y_pred, INFINITY), ValueError);
  CHECK_THROWS_MATCHES(
      losses::Huber()(y_true, ones({1, 3})), ShapeError,
      Message(
          "huber: shapes differ: y_true [1, 4], y_pred [1, 3]; for targets of 4 columns end the model with Dense(4)"));
  CHECK_THROWS_AS(losses::Huber().check_targets(y_true, {1, 3}), ShapeError);
}

TEST_CASE("log_cosh is that of errors of any size") {
  for (const double error : {-3.0, -0.5, 0.0, 0.25, 2.0}) {
    CHECK(losses::log_cosh(tensor(1.0, float64), tensor(1 + error, float64)).item() ==
          Approx(std::log(std::cosh(error))).margin(1e-14));
  }
  const Tensor y_pred = tensor({{-1e6}, {1e6}}).set_requires_grad();
  const Tensor values = losses::LogCosh({.reduction = "none"})(zeros({2, 1}), y_pred);
  CHECK(allclose(values, tensor({1e6 - std::log(2), 1e6 - std::log(2)})));
  CHECK(array_equal(grad(values.sum(), y_pred), tensor({{-1.0f}, {1.0f}})));
  CHECK(losses::Loss("logcosh")->class_name() == "LogCosh");
  // A loss is called as it was asked for, as a function is in Keras.
  CHECK(losses::Loss("huber").name() == "huber");
  CHECK(losses::Loss("Huber").name() == "huber_loss");
  CHECK(losses::Loss("log_cosh").name() == "log_cosh");
}
