#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("the dice loss of areas, of all or of each image") {
  const Tensor y_true = tensor({{{1.0, 1.0}, {0.0, 0.0}}, {{1.0, 1.0}, {0.0, 0.0}}});
  const Tensor y_pred = tensor({{{0.0, 1.0}, {0.0, 1.0}}, {{0.4, 0.0}, {0.0, 0.9}}});
  CHECK(losses::dice(y_true, y_pred).item() == Approx(1 - 2 * 1.4 / (4 + 3.3)));
  CHECK(allclose(losses::dice(y_true, y_pred, {1, 2}), tensor({0.5, 1 - 0.8 / 3.3}), 1e-5));
  CHECK(losses::Dice({.axis = {1, 2}})(y_true, y_pred).item() == Approx((0.5 + 1 - 0.8 / 3.3) / 2));
  CHECK(losses::dice(y_true, y_true).item() == Approx(0).margin(1e-6));
}

TEST_CASE("alpha weighs false positives, beta false negatives") {
  const Tensor y_true = tensor({{1.0, 1.0, 0.0}}), y_pred = tensor({{1.0, 0.0, 1.0}});
  CHECK(losses::tversky(y_true, y_pred, 3, 0).item() == Approx(1 - 1.0 / 4));
  CHECK(losses::tversky(y_true, y_pred, 0, 1).item() == Approx(1 - 1.0 / 2));
  CHECK(losses::Tversky()(y_true, y_pred).item() == Approx(losses::Dice()(y_true, y_pred).item()));
}

TEST_CASE("areas are checked") {
  CHECK_THROWS_WITH(losses::Dice()(tensor({{3.0}}), ones({1, 1})),
                    Contains("dice: target 3 at position [0, 0] is outside [0, 1]"));
  CHECK_THROWS_AS(losses::Tversky().check_targets(tensor({{3.0}}), {1, 1}), ValueError);
  CHECK_THROWS_AS(losses::Dice()(ones({2, 3, 1}), ones({2, 3, 2})), ShapeError);
  CHECK_THROWS_MATCHES(losses::Dice({.axis = 2})(ones({2, 3}), ones({2, 3})), IndexError,
                       Message("dice: axis 2 is out of range for predictions [2, 3]"));
  CHECK_THROWS_AS(losses::Tversky({.axis = {0, 5}}).check_targets(ones({2, 3}), {2, 3}), IndexError);
  CHECK_THROWS_MATCHES(losses::Tversky({.alpha = -1}), ValueError,
                       Message("Tversky: alpha must be finite and not negative, given -1.0"));
}

TEST_CASE("a loss that is one number for the batch counts with each weight") {
  const Tensor y_true = ones({4, 1}), y_pred = full({4, 1}, 0.5), weight = tensor({1.0, 2.0, 3.0, 4.0});
  const double value = losses::dice(y_true, y_pred).item();
  CHECK(losses::Dice()(y_true, y_pred, weight).item() == Approx(value * 2.5));
  CHECK(losses::Dice({.reduction = "sum"})(y_true, y_pred, weight).item() == Approx(value * 10));
  CHECK(losses::Dice({.reduction = "mean_with_sample_weight"})(y_true, y_pred, weight).item() == Approx(value));
  CHECK(losses::Tversky()(y_true, y_pred, weight.expand_dims(-1)).item() == Approx(value * 2.5));
  Sequential model{layers::Dense(1, {.activation = "sigmoid", .input_shape = {1}})};
  model.compile({.optimizer = "sgd", .loss = "dice"});
  CHECK(model.fit(y_pred, y_true, {.verbose = 0, .sample_weight = weight})["loss"].size() == 1);
}
