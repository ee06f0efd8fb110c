#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/multi_head_attention.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("MultiHeadAttention attends as its mask allows") {
  layers::MultiHeadAttention attention(2, 3, {.output_shape = 5});
  const Tensor query = randn({2, 4, 6}), value = randn({2, 7, 8});
  const Tensor y = attention(query, value);
  CHECK(y.shape() == Shape{2, 4, 5});
  CHECK(attention.weights().size() == 8);
  CHECK(attention.weights()[0].value.shape() == Shape{6, 2, 3});
  CHECK(attention.weights()[2].value.shape() == Shape{8, 2, 3});
  // With a causal mask, later values do not matter to earlier queries.
  layers::MultiHeadAttention self(2, 4);
  Tensor x = randn({1, 5, 6});
  const Tensor before = self(x, x, {.use_causal_mask = true});
  x.slice(1, {3}).fill(9);
  const Tensor after = self(x, x, {.use_causal_mask = true});
  CHECK(allclose(before.slice(1, {0, 3}), after.slice(1, {0, 3}), 1e-4, 1e-5));
  CHECK_FALSE(allclose(before.slice(1, {3}), after.slice(1, {3}), 1e-4, 1e-5));
}

TEST_CASE("MultiHeadAttention returns its scores") {
  layers::MultiHeadAttention attention(2, 3);
  const Tensor query = randn({2, 4, 6}).set_requires_grad(), value = randn({2, 5, 6}).set_requires_grad();
  const Tensor mask = randn({2, 4, 5}) > -1;
  using Arguments = layers::AttentionArguments<Tensor>;
  for (const Arguments& inputs : {Arguments(), Arguments{.attention_mask = mask}, Arguments{.use_causal_mask = true},
                                  Arguments{.training = true}}) {
    const Tensor y = attention(query, value, inputs);
    const layers::AttentionResult<Tensor> all = attention.with_scores(query, value, inputs);
    CHECK(allclose(all.outputs, y, 1e-5, 1e-6));
    CHECK(all.scores.shape() == Shape{2, 2, 4, 5});
    CHECK(allclose(all.scores.sum(-1), ones({2, 2, 4}), 1e-5, 1e-6));
    const Tensor weight = randn(y.shape());
    const std::vector<Tensor> expected = grad({(y * weight).sum()}, {query, value});
    const std::vector<Tensor> gradients = grad({(all.outputs * weight).sum()}, {query, value});
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(allclose(gradients[i], expected[i], 1e-4, 1e-5));
  }
}

TEST_CASE("MultiHeadAttention takes a key of its own") {
  layers::MultiHeadAttention attention(2, 3, {.value_dim = 4});
  const Tensor query = randn({2, 4, 6}), value = randn({2, 5, 7}), key = randn({2, 5, 8});
  const Tensor y = attention(query, value, {.key = key});
  CHECK(y.shape() == Shape{2, 4, 6});
  CHECK(attention.weights()[2].value.shape() == Shape{8, 2, 3});
  CHECK(attention.weights()[4].value.shape() == Shape{7, 2, 4});
  // The order of the pairs does not matter, as long as keys and values stay together.
  const Tensor backward_key = key.slice(1, {.step = -1}), backward_value = value.slice(1, {.step = -1});
  CHECK(allclose(attention(query, backward_value, {.key = backward_key}), y, 1e-4, 1e-5));
  CHECK_FALSE(allclose(attention(query, value, {.key = backward_key}), y, 1e-4, 1e-5));
}

TEST_CASE("a masked key has no influence in MultiHeadAttention") {
  layers::MultiHeadAttention attention(2, 3);
  const Tensor query = randn({2, 4, 6}), value = randn({2, 5, 6}).set_requires_grad();
  const Tensor key = randn({2, 5, 6}).set_requires_grad();
  // Broadcast over the queries; the last two keys of the second sample are hidden.
  Tensor mask = ones({2, 1, 5}, bool_);
  mask.select(0, 1).slice(1, {3}).fill(0);
  const auto hidden = [](const Tensor& x) { return x.select(0, 1).slice(0, {3}); };

  const Tensor y = attention(query, value, {.key = key, .attention_mask = mask});
  const std::vector<Tensor> gradients = grad({(y * y).sum()}, {key, value});
  for (const Tensor& gradient : gradients) {
    CHECK(max(abs(hidden(gradient))).item() == 0);
    CHECK(max(abs(gradient.select(0, 0).slice(0, {3}))).item() > 0);
  }
  const layers::AttentionResult<Tensor> all = attention.with_scores(query, value, {.key = key, .attention_mask = mask});
  CHECK(max(all.scores.select(0, 1).slice(-1, {3})).item() == 0);

  const NoGrad no_grad;
  Tensor other_value = value.clone(), other_key = key.clone();
  hidden(other_value).fill(50);
  hidden(other_key).fill(-50);
  CHECK(allclose(attention(query, other_value, {.key = other_key, .attention_mask = mask}), y, 1e-5, 1e-6));
  CHECK_FALSE(allclose(attention(query, other_value, {.key = other_key}), y, 1e-2, 1e-2));
}

TEST_CASE("MultiHeadAttention drops scores in training") {
  constexpr int64_t keys = 400;
  constexpr double rate = 0.25;
  layers::MultiHeadAttention attention(1, 1, {.dropout = rate, .use_bias = false, .kernel_initializer = "ones"});
  // Equal keys and values: each score is 1 / keys, and the output the sum of those that were kept.
  const Tensor query = ones({1, 50, 1}), value = ones({1, keys, 1});
  CHECK(allclose(attention(query, value), ones({1, 50, 1}), 1e-5, 1e-6));

  set_random_seed(3);
  const Tensor y = attention(query, value, {.training = true});
  // Each output is kept / (keys (1 - rate)) for a whole number `kept`.
  const Tensor kept = y * (keys * (1 - rate));
  CHECK(allclose(kept, round(kept), 0, 1e-2));
  CHECK(max(y).item() > min(y).item());
  CHECK(mean(y).item() == Approx(1).margin(0.02));

  set_random_seed(3);
  CHECK(array_equal(attention(query, value, {.training = true}), y));
  CHECK_FALSE(array_equal(attention(query, value, {.training = true}), y));
  set_random_seed(3);
  const layers::AttentionResult<Tensor> all = attention.with_scores(query, value, {.training = true});
  CHECK(array_equal(all.outputs, y));
  CHECK(allclose(all.scores, full({1, 1, 50, keys}, 1.0 / keys), 1e-5, 0));
}

TEST_CASE("MultiHeadAttention refuses what does not fit") {
  CHECK_THROWS_MATCHES(layers::MultiHeadAttention(0, 3), ValueError,
                       Message("MultiHeadAttention: num_heads must be at least 1, given 0"));
  CHECK_THROWS_MATCHES(layers::MultiHeadAttention(2, 3, {.dropout = 1}), ValueError,
                       Message("MultiHeadAttention: dropout must lie in [0, 1), given 1.0"));
  layers::MultiHeadAttention attention(2, 3, {.name = "a"});
  CHECK_THROWS_MATCHES(attention(ones({4, 6})), ShapeError,
                       Message("a: expected inputs [batch, queries, features], given [4, 6]; is "
                               "return_sequences missing in the layer before?"));
  const std::string shapes =
      "a: expected query [batch, queries, features], value and key [batch, keys, features], given ";
  CHECK_THROWS_MATCHES(attention(ones({2, 4, 6}), ones({5, 8})), ShapeError,
                       Message(shapes + "query [2, 4, 6], value [5, 8], key [5, 8]"));
  CHECK_THROWS_MATCHES(attention.with_scores(ones({2, 4, 6}), ones({3, 5, 8})), ShapeError,
                       Message(shapes + "query [2, 4, 6], value [3, 5, 8], key [3, 5, 8]"));
  CHECK_THROWS_MATCHES(attention(ones({2, 4, 6}), ones({2, 5, 8}), {.key = ones({2, 4, 8})}), ShapeError,
                       Message(shapes + "query [2, 4, 6], value [2, 5, 8], key [2, 4, 8]"));
  CHECK_THROWS_MATCHES(attention(ones({2, 4, 6}), ones({2, 5, 8}), {.attention_mask = ones({5, 5}, bool_)}), ShapeError,
                       Message("a: expected attention_mask [batch, queries, keys] [2, 4, 5], given [5, 5]"));
  CHECK_FALSE(attention.built());
  attention(ones({2, 4, 6}), ones({2, 5, 8}));
  CHECK_THROWS_MATCHES(attention(ones({2, 4, 6}), ones({2, 5, 7})), ShapeError,
                       Message("a: expected the last lengths it was built for, 6 of query, 8 of value and 8 of key, "
                               "given query [2, 4, 6], value [2, 5, 7], key [2, 5, 7]"));
}
