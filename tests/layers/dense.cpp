#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/initializers/constant.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/linalg.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("Dense computes activation(x @ kernel + bias), fused or not") {
  for (const char* activation : {"linear", "relu", "sigmoid", "tanh", "softmax", "gelu"}) {
    layers::Dense dense(4, {.activation = activation, .bias_initializer = "ones"});
    const Tensor x = randn({5, 3});
    const Tensor y = dense(x);
    const Tensor expected = activations::Activation(activation)(matmul(x, dense.weights()[0].value) + 1);
    CHECK(y.shape() == Shape{5, 4});
    CHECK(allclose(y, expected, 1e-5, 1e-6));
  }
}

TEST_CASE("Dense has Keras's weights, names and defaults") {
  layers::Dense dense(2, {.name = "head"});
  CHECK_FALSE(dense.built());
  CHECK_THROWS_AS(dense.count_params(), ValueError);
  dense(ones({1, 3}));
  const auto weights = dense.weights();
  REQUIRE(weights.size() == 2);
  CHECK(weights[0].path == "head/kernel");
  CHECK(weights[0].value.shape() == Shape{3, 2});
  CHECK(weights[0].value.requires_grad());
  CHECK(weights[1].path == "head/bias");
  CHECK(array_equal(weights[1].value, zeros({2})));
  CHECK(dense.count_params() == 8);
  CHECK(layers::Dense(2, {.use_bias = false}).compute_output_shape({-1, 7, 3}) == Shape{-1, 7, 2});
}

TEST_CASE("Dense takes sequences, and bytes as floats") {
  layers::Dense dense(2, {.kernel_initializer = initializers::Ones()});
  CHECK(dense(ones({4, 5, 3})).shape() == Shape{4, 5, 2});
  layers::Dense bytes(1, {.kernel_initializer = "ones"});
  const Tensor y = bytes(full({1, 3}, 200, uint8));
  CHECK(y.dtype() == float32);
  CHECK(y.item() == 600);
}

TEST_CASE("Dense refuses what it cannot take, by name") {
  CHECK_THROWS_MATCHES(layers::Dense(0), ValueError, Message("Dense: units must be at least 1, given 0"));
  layers::Dense dense(2, {.name = "head"});
  CHECK_THROWS_MATCHES(dense(ones({3})), ShapeError,
                       Message("head: expected inputs [batch, ..., features], given [3]"));
  CHECK_FALSE(dense.built());
  dense(ones({4, 3}));
  CHECK_THROWS_MATCHES(dense(ones({4, 5})), ShapeError,
                       Message("head: built for inputs whose last length is 3 [-1, 3], given [4, 5]"));
  CHECK_THROWS_MATCHES(dense(ones({2, 4, 3})), ShapeError,
                       Message("head: built for inputs of 2 dimensions [-1, 3], given [2, 4, 3]"));
  CHECK_THROWS_MATCHES(
      layers::Dense(2, {.activation = "rellu"}), ValueError,
      Message("unknown activation \"rellu\"; the nearest known names are \"relu\", \"relu6\", \"elu\""));
  CHECK_THROWS_WITH(layers::Dense(2, {.kernel_initializer = "glorot"}), Contains("unknown initializer \"glorot\""));
}
