#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

struct CountStepsImpl : layers::LayerImpl {
  Tensor call(const Tensor& x) {
    const Tensor m = mask();
    return m.defined() ? sum(m.astype(float32), -1) : full({x.shape(0)}, -1);
  }
};
using CountSteps = Handle<CountStepsImpl>;

// Calls a part that asks for a mask: of its own input, not of what is around.
struct AsksInsideImpl : layers::LayerImpl {
  CountSteps inner;
  Tensor call(const Tensor& x) { return inner(x + 0); }
};

const Tensor ids = tensor({{1, 2, 0}, {3, 0, 0}});

}  // namespace

TEST_CASE("A mask hangs on a tensor, and on nothing that is made of it") {
  const Tensor x = randn({2, 3, 4}).set_requires_grad();
  const Tensor m = ids != 0;
  const Tensor masked = with_mask(x, m);
  CHECK(has_mask(masked));
  CHECK(array_equal(mask_of(masked), m));
  CHECK_FALSE(has_mask(x));
  CHECK_FALSE(has_mask(masked + 0));
  CHECK_FALSE(has_mask(with_mask(masked, {})));
  sum(masked * 2).backward();
  CHECK(array_equal(x.grad(), full({2, 3, 4}, 2)));
  CHECK_THROWS_WITH(with_mask(x, ones({2, 3})), Contains("a mask is bool, given float32"));
  CHECK_THROWS_WITH(with_mask(x, ones({2, 4}).astype(bool_)), Contains("[2, 3, 4], given [2, 4]"));
}

TEST_CASE("Logits behind probabilities are found with a mask as well") {
  const Tensor logits = tensor({{200.0, 0.0}, {0.0, 1.0}}).set_requires_grad();
  const Tensor probabilities = with_mask(softmax(logits, -1), tensor({1, 0}).astype(bool_));
  const Tensor loss = losses::SparseCategoricalCrossentropy()(tensor({1, 0}), probabilities);
  CHECK(loss.item() == Approx(200));
}

TEST_CASE("Embedding and Masking make masks, layers pass them on as Keras's do") {
  const layers::Embedding embedding(5, 4, {.mask_zero = true});
  const Tensor x = embedding(ids);
  CHECK(array_equal(mask_of(x), ids != 0));
  CHECK_FALSE(has_mask(layers::Embedding(5, 4)(ids)));
  CHECK(has_mask(layers::Dense(3)(x)));
  CHECK(has_mask(layers::Dropout(0.5)(x)));
  CHECK(has_mask(layers::LSTM(3, {.return_sequences = true})(x)));
  CHECK_FALSE(has_mask(layers::LSTM(3)(x)));
  CHECK_FALSE(has_mask(layers::Flatten()(x)));
  const Tensor other = with_mask(ones({2, 3, 4}), tensor({{false, false, true}, {false, false, false}}));
  CHECK(array_equal(mask_of(layers::Add()({x, other})), tensor({{true, true, true}, {true, false, false}})));
  CHECK_FALSE(has_mask(layers::Add()({x, ones({2, 3, 4})})));
  CHECK(array_equal(mask_of(layers::Concatenate({.axis = 1})({x, other})), concatenate({ids != 0, mask_of(other)}, 1)));
  CHECK(array_equal(mask_of(layers::Concatenate()({x, ones({2, 3, 1})})), ones({2, 3}).astype(bool_)));

  const Tensor steps = tensor({{{1.0, 0.0}, {0.0, 0.0}, {9.0, 9.0}}});
  const Tensor kept = layers::Masking()(steps);
  CHECK(array_equal(mask_of(kept), tensor({{1, 0, 1}}).astype(bool_)));
  CHECK(array_equal(kept, steps));
  CHECK(array_equal(layers::Masking({.mask_value = 9})(steps), steps * tensor({{{1.0}, {1.0}, {0.0}}})));
}

TEST_CASE("A layer reads the mask of its own input") {
  const Tensor x = layers::Embedding(5, 4, {.mask_zero = true})(ids);
  CHECK(array_equal(CountSteps()(x), tensor({2.0f, 1.0f})));
  CHECK(array_equal(CountSteps()(x + 0), tensor({-1.0f, -1.0f})));
  CHECK(array_equal(Handle<AsksInsideImpl>()(x), tensor({-1.0f, -1.0f})));
  const Sequential model{layers::Embedding(5, 4, {.mask_zero = true}), layers::Dense(2, {.activation = "relu"}),
                         CountSteps()};
  CHECK(array_equal(model(ids), tensor({2.0f, 1.0f})));
}

TEST_CASE("A loss leaves out what the mask excludes") {
  const Tensor y = zeros({2, 3, 1});
  const Tensor predicted = tensor({{{1.0}, {2.0}, {50.0}}, {{3.0}, {50.0}, {50.0}}});
  CHECK(losses::MeanSquaredError()(y, with_mask(predicted, ids != 0)).item() == Approx((1 + 4 + 9) / 3.0));
}
