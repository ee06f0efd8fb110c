#include <xtape/layers/multi_head_attention.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>

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
