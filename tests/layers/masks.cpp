#include <limits>
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

TEST_CASE("What the mask excludes has no value and no gradient, though it be no number") {
  const Tensor m = ids != 0, counts = m.expand_dims(-1);
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const Tensor one_hot = where(tensor({0, 1, 0}) != 0, zeros({2, 3, 3}), 0) + tensor({1.0, 0.0, 0.0});
  const struct {
    losses::Loss loss;
    Tensor y;
  } cases[] = {{losses::MeanSquaredError(), zeros({2, 3, 3})},
               {losses::MeanAbsoluteError(), zeros({2, 3, 3})},
               {losses::MeanSquaredError({.reduction = "sum"}), zeros({2, 3, 3})},
               {losses::MeanSquaredError({.reduction = "mean_with_sample_weight"}), zeros({2, 3, 3})},
               {losses::BinaryCrossentropy(), zeros({2, 3, 3})},
               {losses::BinaryCrossentropy({.from_logits = true}), zeros({2, 3, 3})},
               {losses::CategoricalCrossentropy(), one_hot},
               {losses::CategoricalCrossentropy({.from_logits = true}), one_hot},
               {losses::SparseCategoricalCrossentropy(), zeros({2, 3})},
               {losses::SparseCategoricalCrossentropy({.from_logits = true, .ignore_class = 1}), zeros({2, 3})},
               {losses::LossFunction("log", [](const Tensor& y, const Tensor& p) { return mean(log(p) - y, -1); }),
                zeros({2, 3, 3})}};
  const Tensor weights = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}});
  set_random_seed(1);
  const Tensor good = rand({2, 3, 3}) * 0.8 + 0.1;
  for (const auto& [loss, y] : cases) {
    for (const double bad : {nan, infinity, -1.0}) {
      for (const Tensor& weight : {Tensor(), weights}) {
        INFO(loss.name() << ", " << loss.reduction() << ", " << bad << ", weighted " << weight.defined());
        const Tensor x = good.clone().set_requires_grad(), spoilt = where(counts, good, bad).set_requires_grad();
        const Tensor expected = loss(y, with_mask(x, m), weight), value = loss(y, with_mask(spoilt, m), weight);
        CHECK(value.item() == expected.item());
        const Tensor gradient = grad(value, spoilt);
        CHECK(array_equal(gradient, grad(expected, x)));
        CHECK(array_equal(where(counts, 0, gradient), zeros({2, 3, 3})));
      }
    }
  }
  // Behind a softmax and a sigmoid, whose logits the losses look at.
  const auto check_behind = [&](const losses::Loss& loss, const Tensor& y, const auto& activation) {
    const auto gradient = [&](const Tensor& logits) { return grad(loss(y, with_mask(activation(logits), m)), logits); };
    const Tensor spoilt = gradient(where(counts, good * 300, nan).set_requires_grad());
    CHECK(array_equal(spoilt, gradient((good * 300).set_requires_grad())));
    CHECK(max(abs(spoilt)).item() > 0.1);
  };
  check_behind(losses::SparseCategoricalCrossentropy(), zeros({2, 3}), [](const Tensor& z) { return softmax(z, -1); });
  check_behind(losses::BinaryCrossentropy(), zeros({2, 3, 3}), [](const Tensor& z) { return sigmoid(z); });
  // Values alone.
  const Tensor values = losses::MeanSquaredError({.reduction = "none"})(
      zeros({2, 3, 1}), with_mask(where(counts, ones({2, 3, 1}), nan), m));
  CHECK(array_equal(values, m.astype(float32)));
  // Nothing counts.
  const Tensor x = full({2, 3, 1}, nan).set_requires_grad();
  const Tensor none = losses::MeanSquaredError()(zeros({2, 3, 1}), with_mask(x, zeros({2, 3}).astype(bool_)));
  CHECK(none.item() == 0);
  CHECK(array_equal(grad(none, x), zeros({2, 3, 1})));
}

TEST_CASE("A layer that cannot do without its mask is called on symbols as well") {
  struct SoftmaxOverStepsImpl : layers::LayerImpl {
    Tensor call(const Tensor& x) {
      const Tensor counts = exp(x) * mask().astype(float32).expand_dims(-1);
      return counts / sum(counts, 1, true);
    }
  };
  // Shapes are looked for in another way where several come in.
  struct SumOfStepsImpl : layers::LayerImpl {
    Tensor call(const Tensor& x, const Tensor& y) { return sum((x + y) * mask(1).astype(float32).expand_dims(-1), 1); }
  };
  const Symbol i = Input({-1});
  const Symbol x = layers::Embedding(4, 3, {.mask_zero = true})(i), weights = Handle<SoftmaxOverStepsImpl>()(x);
  CHECK(weights.shape() == Shape{-1, -1, 3});
  const Symbol total = Handle<SumOfStepsImpl>()(weights, x);
  CHECK(total.shape() == Shape{-1, 3});
  CHECK(allclose(sum(Model(i, weights)(ids), 1), ones({2, 3})));
  CHECK(Model(i, total)(ids).shape() == Shape{2, 3});

  // What else is wrong is told as it is, and a mask that is missing in the end too.
  struct ForgetsImpl : layers::LayerImpl {
    Tensor call(const Tensor& x) { return x + Tensor(); }
  };
  CHECK_THROWS_WITH(Handle<ForgetsImpl>()(x), Contains("undefined"));
  CHECK_THROWS_WITH(Handle<SoftmaxOverStepsImpl>()(ones({2, 3, 1})), Contains("astype: the tensor is undefined"));
}

TEST_CASE("a mask on sequences does not count in calls with other tensors, as in Keras") {
  const Tensor x = layers::Embedding(5, 4, {.mask_zero = true})(ids), h = randn({2, 3}), c = randn({2, 3});
  const Tensor unmasked = with_mask(x, {}), mask = mask_of(x);
  const layers::LSTM lstm(3, {.return_sequences = true});
  const Tensor all_steps = lstm(unmasked, {.initial_state = {h, c}});
  const Tensor from = lstm(x, {.initial_state = {h, c}});
  CHECK(array_equal(from, all_steps));
  CHECK(array_equal(mask_of(from), mask));
  CHECK_FALSE(array_equal(lstm(x, {.initial_state = {h, c}, .mask = mask}), all_steps));
  CHECK_FALSE(array_equal(lstm(x), lstm(unmasked)));

  // So it is in models.
  const Symbol steps = Input({3, 4}), first_h = Input({3}), first_c = Input({3}), counts = Input({3}, {.dtype = bool_});
  const Model given({steps, first_h, first_c, counts},
                    lstm(steps, {.initial_state = {first_h, first_c}, .mask = counts}));
  CHECK(array_equal(given({unmasked, h, c, mask}), lstm(x, {.initial_state = {h, c}, .mask = mask})));
  CHECK(array_equal(given({x, h, c, ones_like(mask)}), all_steps));

  const layers::Bidirectional both(layers::GRU(3));
  const Tensor last = both(unmasked, {.initial_state = {h, c}});
  CHECK(array_equal(both(x, {.initial_state = {h, c}}), last));
  CHECK_FALSE(array_equal(both(x, {.initial_state = {h, c}, .mask = mask}), last));
  CHECK_FALSE(array_equal(both(x), both(unmasked)));
}
