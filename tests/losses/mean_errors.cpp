#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("percentages of targets, and of 1e-7 where they are 0") {
  const Tensor y_true = tensor({{2.0, -4.0}, {0.0, 1.0}}), y_pred = tensor({{1.0, -5.0}, {1e-7, 1.0}});
  CHECK(allclose(losses::mean_absolute_percentage_error(y_true, y_pred), tensor({37.5, 50.0}), 1e-5));
  CHECK(losses::MeanAbsolutePercentageError()(y_true, y_pred).item() == Approx(43.75));
  CHECK(losses::Loss("mape")->class_name() == "MeanAbsolutePercentageError");
}

TEST_CASE("logarithms of numbers that are not negative") {
  const Tensor y_true = tensor({{std::exp(1.0) - 1, 0.0}}), y_pred = tensor({{std::exp(3.0) - 1, -5.0}});
  CHECK(losses::mean_squared_logarithmic_error(y_true, y_pred).item() == Approx(2));
  CHECK(losses::Loss("MSLE")->class_name() == "MeanSquaredLogarithmicError");
  CHECK_THROWS_MATCHES(losses::MeanSquaredLogarithmicError().check_targets(ones({2, 3}), {2, 1}), ShapeError,
                       Message("mean_squared_logarithmic_error: shapes differ: y_true [2, 3], y_pred [2, 1]; for "
                               "targets of 3 columns end the model with Dense(3)"));
}
