#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("a focal loss without focus is a cross-entropy") {
  const Tensor y_true = tensor({{1.0, 0.0}, {0.0, 1.0}}), y_pred = tensor({{0.7, 0.3}, {0.6, 0.4}});
  CHECK(allclose(losses::binary_focal_crossentropy(y_true, y_pred, {.gamma = 0}),
                 losses::binary_crossentropy(y_true, y_pred)));
  CHECK(allclose(losses::categorical_focal_crossentropy(y_true, y_pred, {.alpha = 1, .gamma = 0}),
                 losses::categorical_crossentropy(y_true, y_pred)));
}

TEST_CASE("what is predicted well counts little") {
  const Tensor y_true = tensor({{1.0}, {0.0}}), y_pred = tensor({{0.9}, {0.8}});
  const Tensor values = losses::binary_focal_crossentropy(y_true, y_pred, {.gamma = 2});
  CHECK(allclose(values, tensor({-0.01 * std::log(0.9), -0.64 * std::log(0.2)}), 1e-5));
  CHECK(allclose(losses::binary_focal_crossentropy(y_true, y_pred, {.apply_class_balancing = true, .alpha = 0.25}),
                 values * tensor({0.25f, 0.75f}), 1e-5));
  const Tensor rows = tensor({{0.0, 1.0, 0.0}}), p = tensor({{0.2, 0.5, 0.3}});
  CHECK(losses::categorical_focal_crossentropy(rows, p).item() == Approx(-0.25 * 0.25 * std::log(0.5)));
  CHECK(losses::categorical_focal_crossentropy(rows, p, {.alpha = {1, 3, 5}}).item() ==
        Approx(-3 * 0.25 * std::log(0.5)));
}

TEST_CASE("focal losses start from logits behind a softmax or sigmoid, however sure they are") {
  const Tensor logits = tensor({{60.0, -60.0}}).set_requires_grad();
  const Tensor loss = losses::CategoricalFocalCrossentropy({.alpha = 1})(tensor({{0.0, 1.0}}), softmax(logits));
  CHECK(loss.item() == Approx(120).epsilon(1e-4));
  CHECK(allclose(grad(loss, logits), tensor({{1.0, -1.0}}), 1e-4));
  const Tensor z = tensor({{-60.0}}).set_requires_grad();
  const Tensor binary = losses::BinaryFocalCrossentropy({.from_logits = true})(tensor({{1.0}}), z);
  CHECK(binary.item() == Approx(60));
  CHECK(grad(binary, z).item() == Approx(-1));
}

TEST_CASE("focal losses check options and targets") {
  const Tensor y = full({2, 2}, 0.5);
  CHECK_THROWS_MATCHES(losses::BinaryFocalCrossentropy({.alpha = 2}), ValueError,
                       Message("BinaryFocalCrossentropy: alpha must lie between 0 and 1, given 2.0"));
  CHECK_THROWS_AS(losses::BinaryFocalCrossentropy({.gamma = -1}), ValueError);
  CHECK_THROWS_AS(losses::CategoricalFocalCrossentropy({.label_smoothing = 1.5}), ValueError);
  CHECK_THROWS_AS(losses::CategoricalFocalCrossentropy({.alpha = {1, -1}}), ValueError);
  CHECK_THROWS_MATCHES(
      losses::CategoricalFocalCrossentropy({.alpha = {1, 2, 3}})(y, y), ValueError,
      Message("categorical_focal_crossentropy: alpha has 3 numbers for 2 classes; expected one for all "
              "or one for each"));
  CHECK_THROWS_AS(losses::CategoricalFocalCrossentropy({.alpha = {1, 2, 3}}).check_targets(y, {2, 2}), ValueError);
  CHECK_THROWS_MATCHES(losses::CategoricalFocalCrossentropy()(tensor({0, 1}), y), ShapeError,
                       Message("categorical_focal_crossentropy: shapes differ: y_true [2], y_pred [2, 2]; for labels "
                               "use to_categorical"));
  CHECK_THROWS_WITH(losses::BinaryFocalCrossentropy()(tensor({{2.0}}), full({1, 1}, 0.5)),
                    Contains("binary_focal_crossentropy: target 2 at position [0, 0] is outside [0, 1]"));
  CHECK_THROWS_AS(losses::BinaryFocalCrossentropy().check_targets(tensor({{2.0}}), {1, 1}), ValueError);
}
