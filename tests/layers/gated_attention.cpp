#include <xtape/xtape.hpp>

#include "catch.hpp"

// The gate and the sliding window of attention in heads.

using namespace xtape;

namespace {

// Whose output is what the heads attend to, side by side.
void set_identity_output(const layers::Layer& attention, int64_t width) {
  std::vector<Tensor> weights = attention.get_weights();
  Tensor& kernel = weights[weights.size() - 2];
  kernel = eye(width).reshape(kernel.shape());
  weights.back() = zeros({width});
  attention.set_weights(weights);
}

Tensor band(int64_t queries, int64_t keys, int64_t window) {
  return abs(arange(queries).expand_dims(1) - arange(keys).expand_dims(0)) < window;
}

}  // namespace

TEST_CASE("A sliding window is a mask around each query") {
  const layers::MultiHeadAttention all(2, 3), window(2, 3, {.sliding_window = 2});
  const Tensor query = randn({2, 5, 4}), value = randn({2, 6, 4});
  all(query, value);
  window(query, value);
  window.set_weights(all.get_weights());
  CHECK(allclose(window(query, value), all(query, value, {.attention_mask = band(5, 6, 2)}), 1e-5, 1e-6));
  CHECK(allclose(window(query, value, {.use_causal_mask = true}),
                 all(query, value, {.attention_mask = band(5, 6, 2), .use_causal_mask = true}), 1e-5, 1e-6));
  const Tensor scores = window.with_scores(query, query).scores;
  CHECK(array_equal((scores > 0).select(1, 0).select(0, 0), band(5, 5, 2)));

  const layers::GroupQueryAttention groups(3, 4, 2), near(3, 4, 2, {.sliding_window = 3});
  groups(query, value);
  near(query, value);
  near.set_weights(groups.get_weights());
  CHECK(allclose(near(query, value), groups(query, value, {.attention_mask = band(5, 6, 3)}), 1e-5, 1e-6));
  CHECK_THROWS_WITH(layers::MultiHeadAttention(2, 3, {.sliding_window = 0}), Contains("sliding_window"));
  CHECK_THROWS_WITH(window(randn({2, 3, 3, 4}), randn({2, 3, 3, 4})), Contains("along one attention axis alone"));
}

TEST_CASE("A gate is the sigmoid of a projection of the query, and multiplies what heads attend to") {
  const layers::MultiHeadAttention plain(2, 3, {.value_dim = 4, .output_shape = 8}),
      gated(2, 3, {.value_dim = 4, .output_shape = 8, .use_gate = true});
  const Tensor query = randn({2, 5, 6}), value = randn({2, 7, 6});
  plain(query, value);
  gated(query, value);
  CHECK(gated.weights().size() == 10);
  CHECK(gated.weights()[4].path.ends_with("gate/kernel"));
  CHECK(gated.weights()[4].value.shape() == Shape{6, 2, 4});
  CHECK(gated.weights()[5].value.shape() == Shape{2, 4});
  std::vector<Tensor> weights = plain.get_weights();
  const Tensor kernel = randn({6, 2, 4}), bias = randn({2, 4});
  weights.insert(weights.begin() + 4, {kernel, bias});
  gated.set_weights(weights);
  set_identity_output(plain, 8);
  set_identity_output(gated, 8);
  const Tensor gate = sigmoid(matmul(query, kernel.reshape({6, 8})) + bias.flatten());
  CHECK(allclose(gated(query, value), plain(query, value) * gate, 1e-5, 1e-6));

  const layers::GroupQueryAttention groups(3, 2, 1, {.use_gate = true});
  groups(query, value);
  CHECK(groups.weights()[4].value.shape() == Shape{6, 2, 3});
}

TEST_CASE("Gated attention within a window has right gradients, and is written") {
  // The biases of keys have no part in scores: their gradients are rounding errors.
  const layers::MultiHeadAttention attention(
      2, 2, {.use_bias = false, .sliding_window = 2, .use_gate = true, .dtype = float64});
  const Tensor x = randn({2, 4, 3}, float64);
  attention(x, x);
  CHECK(layers::gradcheck(attention, x).passed);
  CHECK(layers::gradgradcheck(attention, x).passed);
  const Config config = attention.get_config();
  CHECK(config.at("use_gate") == Config(true));
  CHECK(config.at("sliding_window") == Config(2));
  CHECK(layers::clone(layers::Layer(attention)).get_config() == config);
}
