#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("classes may lie along any axis") {
  const Tensor logits = randn({4, 3, 5}), moved = moveaxis(logits, 1, -1);
  const Tensor labels = randint(0, 3, {4, 5}), rows = one_hot(labels, 3), columns = moveaxis(rows, -1, 1);
  for (const bool from_logits : {true, false}) {
    const Tensor y_pred = from_logits ? logits : softmax(logits, 1), last = from_logits ? moved : softmax(moved);
    const losses::CrossentropyOptions along{.from_logits = from_logits, .label_smoothing = 0.1, .axis = 1};
    const losses::CrossentropyOptions along_last{.from_logits = from_logits, .label_smoothing = 0.1};
    const Tensor expected = losses::categorical_crossentropy(rows, last, along_last);
    CHECK(allclose(losses::categorical_crossentropy(columns, y_pred, along), expected, 1e-5, 1e-6));
    CHECK(losses::CategoricalCrossentropy(along)(columns, y_pred).item() == Approx(mean(expected).item()));
    const losses::SparseCategoricalCrossentropy sparse({.from_logits = from_logits, .axis = 1});
    CHECK(allclose(sparse.call(labels, y_pred),
                   losses::sparse_categorical_crossentropy(labels, last, {.from_logits = from_logits}), 1e-5, 1e-6));
    sparse.check_targets(labels, y_pred.shape());
    CHECK(allclose(losses::categorical_focal_crossentropy(columns, y_pred, {.from_logits = from_logits, .axis = 1}),
                   losses::categorical_focal_crossentropy(rows, last, {.from_logits = from_logits}), 1e-5, 1e-6));
  }
  losses::CategoricalCrossentropy({.axis = 1}).check_targets(columns, logits.shape());
  CHECK_THROWS_MATCHES(losses::CategoricalCrossentropy({.axis = 3})(columns, logits), IndexError,
                       Message("categorical_crossentropy: axis 3 is out of range for predictions [4, 3, 5]"));
  CHECK_THROWS_AS(losses::SparseCategoricalCrossentropy({.axis = 1}).check_targets(randint(3, 4, {4, 5}), {4, 3, 5}),
                  IndexError);
}

TEST_CASE("the mean of a binary cross-entropy may be over any axis") {
  const Tensor y_true = tensor({{1.0, 0.0, 1.0}, {0.0, 0.0, 1.0}}), y_pred = tensor({{0.9, 0.2, 0.4}, {0.3, 0.5, 0.8}});
  const Tensor columns = losses::binary_crossentropy(y_true, y_pred, {.axis = 0});
  CHECK(columns.shape() == Shape{3});
  CHECK(columns[1].item() == Approx(-(std::log(0.8) + std::log(0.5)) / 2));
  CHECK(losses::BinaryCrossentropy({.axis = 0})(y_true, y_pred).item() ==
        Approx(losses::BinaryCrossentropy()(y_true, y_pred).item()));
  CHECK_THROWS_MATCHES(losses::BinaryCrossentropy({.axis = 2}).check_targets(y_true, {2, 3}), IndexError,
                       Message("binary_crossentropy: axis 2 is out of range for predictions [2, 3]"));
}
