#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Layers that change their inputs at random in training.

using namespace xtape;

TEST_CASE("noise layers act in training alone, and pass masks on") {
  const Tensor x = with_mask(randn({2, 3, 4}), ones({2, 3}, bool_));
  const std::vector<layers::Layer> noises = {layers::AlphaDropout(0.3), layers::Dropout(0.3),
                                             layers::GaussianDropout(0.3), layers::GaussianNoise(0.3),
                                             layers::SpatialDropout1D(0.3)};
  for (const layers::Layer& layer : noises) {
    INFO(layer.class_name());
    CHECK(array_equal(layer(x), x));
    const Tensor y = layer(x, {.training = true});
    CHECK_FALSE(array_equal(y, x));
    CHECK(has_mask(y));
    CHECK(y.shape() == x.shape());
    CHECK(layer.compute_output_shape({-1, 3, 4}) == Shape{-1, 3, 4});
  }
  CHECK(array_equal(layers::GaussianNoise(0)(x, {.training = true}), x));
  CHECK(array_equal(layers::AlphaDropout(0)(x, {.training = true}), x));
}

TEST_CASE("noise keeps mean and variance as it says") {
  set_random_seed(11);
  const Tensor x = randn({400, 500});
  const auto noisy = [&](const layers::Layer& layer, const Tensor& input) { return layer(input, {.training = true}); };
  CHECK(var(noisy(layers::GaussianNoise(0.5), zeros({400, 500}))).item() == Approx(0.25).epsilon(0.02));
  const Tensor factors = noisy(layers::GaussianDropout(0.2), ones({400, 500}));
  CHECK(mean(factors).item() == Approx(1).epsilon(0.01));
  CHECK(var(factors).item() == Approx(0.25).epsilon(0.02));
  const Tensor alpha = noisy(layers::AlphaDropout(0.2), x);
  CHECK(mean(alpha).item() == Approx(0).margin(0.01));
  CHECK(var(alpha).item() == Approx(1).epsilon(0.02));
}

TEST_CASE("spatial dropout drops whole channels") {
  set_random_seed(12);
  const auto check = [](const layers::Layer& layer, const Shape& shape, const Axes& places) {
    INFO(layer.class_name());
    const Tensor y = layer(ones(shape), {.training = true});
    const Tensor low = min(y, places), high = max(y, places);
    CHECK(array_equal(low, high));
    CHECK(max(y).item() == Approx(2));
    CHECK(mean(low == 0).item() == Approx(0.5).margin(0.1));
    CHECK_THROWS_AS(layer(ones({2, 3}), {.training = true}), ShapeError);
  };
  check(layers::SpatialDropout1D(0.5), {20, 3, 30}, 1);
  check(layers::SpatialDropout2D(0.5), {20, 3, 2, 30}, {1, 2});
  check(layers::SpatialDropout3D(0.5), {20, 3, 2, 2, 30}, {1, 2, 3});
  CHECK(max(layers::SpatialDropout1D(1)(ones({2, 3, 4}), {.training = true})).item() == 0);
  CHECK_THROWS_MATCHES(layers::SpatialDropout2D(0.5, {.name = "s"})(ones({2, 3, 4})), ShapeError,
                       Message("s: expected inputs [batch, height, width, channels], given [2, 3, 4]"));
}

TEST_CASE("a noise shape makes one decision for all that it broadcasts to") {
  const Tensor x = ones({30, 7, 20});
  const Tensor y = layers::Dropout(0.5, {.noise_shape = Shape{-1, 1, -1}})(x, {.training = true});
  CHECK(array_equal(min(y, 1), max(y, 1)));
  CHECK(mean(y == 0).item() == Approx(0.5).margin(0.1));
  const Tensor z = layers::AlphaDropout(0.5, {.noise_shape = Shape{1, 7, 1}})(x, {.training = true});
  CHECK(array_equal(min(z, {0, 2}), max(z, {0, 2})));
  CHECK_THROWS_MATCHES(layers::Dropout(0.5, {.noise_shape = Shape{1, 2}, .name = "d"})(x, {.training = true}),
                       ShapeError,
                       Message("d: noise_shape [1, 2] must have as many lengths as the inputs, given [30, 7, 20]"));
  CHECK_THROWS_AS(layers::Dropout(0.5, {.noise_shape = Shape{1, 2, 1}})(x, {.training = true}), ShapeError);
  CHECK_THROWS_MATCHES(layers::Dropout(0.5, {.noise_shape = Shape{0, 1}}), ValueError,
                       Message("Dropout: lengths in noise_shape must be positive or -1, given [0, 1]"));
}

TEST_CASE("a layer with a seed draws from a stream of its own") {
  const Tensor x = randn({5, 4, 3});
  const std::vector<layers::Layer> noises = {layers::AlphaDropout(0.5, {.seed = 3}), layers::Dropout(0.5, {.seed = 3}),
                                             layers::GaussianDropout(0.5, {.seed = 3}),
                                             layers::GaussianNoise(0.5, {.seed = 3}),
                                             layers::SpatialDropout1D(0.5, {.seed = 3})};
  for (const layers::Layer& layer : noises) {
    INFO(layer.class_name());
    const layers::Layer copy = layers::clone(layer);
    const RandomState before = get_random_state();
    const Tensor first = layer(x, {.training = true}), second = layer(x, {.training = true});
    CHECK(get_random_state().offset == before.offset);
    CHECK_FALSE(array_equal(first, second));
    set_random_seed(99);
    CHECK(array_equal(copy(x, {.training = true}), first));
    CHECK(array_equal(copy(x, {.training = true}), second));
    // What is drawn once more by a checkpoint is the same.
    const Tensor input = x.clone().set_requires_grad();
    const Tensor y = checkpoint([&](const Tensor& t) { return layer(t, {.training = true}); }, input);
    sum(y * y).backward();
    const Tensor gradient = input.grad();
    CHECK(all(isfinite(gradient)).item<bool>());
    const auto captured = [&] {
      capture([&](const std::vector<Tensor>& in) { return std::vector<Tensor>{layer(in[0], {.training = true})}; },
              {x});
    };
    CHECK_THROWS_WITH(captured(), Contains("a layer with a seed draws from a stream of its own"));
  }
}

TEST_CASE("a checkpoint draws again what a layer with a seed drew") {
  const Tensor x = ones({40, 5}).set_requires_grad();
  const layers::Dropout dropout(0.5, {.seed = 4});
  const Tensor y = checkpoint([&](const Tensor& t) { return dropout(t, {.training = true}); }, x);
  sum(y).backward();
  CHECK(array_equal(x.grad(), y));
}
