#include <cmath>
#include <limits>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// ELU, PReLU, and Softmax with masks or along several axes.

using namespace xtape;

TEST_CASE("PReLU shares slopes along axes") {
  const Tensor x = randn({2, 3, 4, 5});
  const layers::PReLU all({.alpha_initializer = initializers::RandomUniform({.minval = 0, .maxval = 1})});
  const Tensor y = all(x), alpha = all.get_weights()[0];
  CHECK(alpha.shape() == Shape{3, 4, 5});
  CHECK(allclose(y, where(x > 0, x, x * alpha)));
  const layers::PReLU channels({.alpha_initializer = "ones", .shared_axes = {1, 2}});
  CHECK(array_equal(channels(x), x));
  CHECK(channels.get_weights()[0].shape() == Shape{1, 1, 5});
  CHECK(channels(randn({2, 7, 6, 5})).shape() == Shape{2, 7, 6, 5});
  CHECK_THROWS_MATCHES(channels(ones({2, 3, 4, 6})), ShapeError,
                       Message(channels.name() + ": built for inputs [-1, 3, 4, 5], given [2, 3, 4, 6]"));
  CHECK_THROWS_MATCHES(layers::PReLU({.shared_axes = 0}), ValueError,
                       Message("PReLU: an axis in shared_axes must be at least 1, given 0"));
  CHECK_THROWS_MATCHES(layers::PReLU({.shared_axes = 3, .name = "p"})(ones({2, 3})), IndexError,
                       Message("p: shared axis 3 is out of range for inputs [2, 3]"));
  CHECK_THROWS_AS(layers::PReLU().build({-1, -1, 3}), ShapeError);
  layers::PReLU({.shared_axes = 1}).build({-1, -1, 3});
  CHECK(layers::PReLU().get_config().at("shared_axes").is_null());
  CHECK(layers::clone(channels).get_config() == channels.get_config());
  CHECK(has_mask(channels(with_mask(x, ones({2, 3}, bool_)))));
}

TEST_CASE("ELU takes its alpha") {
  const Tensor x = tensor({-2.0, 0.0, 3.0});
  CHECK(allclose(layers::ELU({.alpha = 0.5})(x), tensor({0.5 * std::expm1(-2.0), 0.0, 3.0})));
  CHECK_THROWS_WITH(layers::ELU({.alpha = std::numeric_limits<double>::infinity()}),
                    Contains("ELU: alpha must be finite"));
}

TEST_CASE("Softmax leaves out what the mask excludes") {
  const Tensor x = randn({2, 3, 4});
  const Tensor elements =
      tensor({{{1, 1, 0, 1}, {1, 0, 0, 0}, {0, 0, 0, 0}}, {{1, 1, 1, 1}, {0, 1, 1, 0}, {1, 0, 1, 0}}}).astype(bool_);
  const Tensor y = layers::Softmax()(with_mask(x, elements));
  const Tensor kept = where(elements, exp(x), 0), expected = kept / maximum(sum(kept, -1, true), 1e-30);
  CHECK(allclose(y, expected, 1e-5, 1e-6));
  CHECK(array_equal(mask_of(y), elements));
  // A mask of steps, along them.
  const Tensor steps = tensor({{1, 1, 0}, {1, 0, 0}}).astype(bool_);
  const Tensor along = layers::Softmax({.axis = 1})(with_mask(x, steps));
  CHECK(allclose(sum(along, 1), ones({2, 4}), 1e-5));
  CHECK(max(abs(where(steps.expand_dims(-1), 0, along))).item() == 0);
  CHECK(allclose(along.select(0, 1).select(0, 0), ones({4}), 1e-5));
}

TEST_CASE("Softmax along several axes adds up to 1 over all of them") {
  const Tensor x = randn({2, 3, 4});
  const Tensor y = layers::Softmax({.axis = {1, 2}})(x);
  CHECK(allclose(y.reshape({2, 12}), softmax(x.reshape({2, 12})), 1e-5, 1e-6));
}

TEST_CASE("Masking sets steps that do not count to 0, whatever they hold") {
  const double infinity = std::numeric_limits<double>::infinity();
  const Tensor x = tensor({{{infinity, infinity}, {infinity, 1.0}, {2.0, 3.0}}}, float32);
  const Tensor y = layers::Masking({.mask_value = infinity})(x);
  CHECK(array_equal(mask_of(y), tensor({{0, 1, 1}}).astype(bool_)));
  CHECK(array_equal(y.select(1, 0), zeros({1, 2})));
  CHECK(array_equal(y.select(1, 2), x.select(1, 2)));
  CHECK_THROWS_WITH(layers::Masking({.name = "m"})(ones({3})), Contains("m: expected inputs [batch, time, ...]"));
}

TEST_CASE("Embedding has a mask of its own or none, and takes whole numbers within its range alone") {
  const Tensor ids = tensor({{1, 2, 0}});
  const Tensor masked = with_mask(ids, tensor({{1, 0, 1}}).astype(bool_));
  CHECK_FALSE(has_mask(layers::Embedding(5, 2)(masked)));
  CHECK(array_equal(mask_of(layers::Embedding(5, 2, {.mask_zero = true})(masked)), ids != 0));
  const layers::Embedding layer(5, 2, {.mask_zero = true});
  CHECK_THROWS_AS(layer(tensor({{0, -1}})), IndexError);
  CHECK_THROWS_AS(layer(tensor({{0, 5}})), IndexError);
  CHECK_THROWS_AS(layer(tensor({{0.0, std::numeric_limits<double>::quiet_NaN()}})), ValueError);
  CHECK_THROWS_AS(layer(tensor({{0.5}})), ValueError);
}
