#include <cmath>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Normalizations beside the usual cases: those are golden, or in normalization.cpp.

using namespace xtape;

TEST_CASE("BatchNormalization leaves out of its statistics what the mask excludes") {
  const Tensor x = randn({4, 5, 3});
  const Tensor counts = rand({4, 5}) > 0.4;
  Tensor other = x.clone();
  other.assign(where(counts.expand_dims(-1), other, 100));
  const layers::BatchNormalization layer({.momentum = 0.5}), same({.momentum = 0.5});
  const Tensor y = layer(with_mask(x, counts), {.training = true});
  const Tensor z = same(with_mask(other, counts), {.training = true});
  CHECK(allclose(where(counts.expand_dims(-1), y, 0), where(counts.expand_dims(-1), z, 0), 1e-4, 1e-5));
  CHECK(array_equal(mask_of(y), counts));
  const Tensor divisor = sum(counts.astype(float32));
  const Tensor center = sum(where(counts.expand_dims(-1), x, 0), {0, 1}) / divisor;
  CHECK(allclose(layer.get_weights()[2], center * 0.5, 1e-4, 1e-5));
  CHECK(allclose(same.get_weights()[3], layer.get_weights()[3], 1e-4, 1e-5));
  // Moving statistics need no mask.
  CHECK(allclose(layer(with_mask(x, counts)), layer(x)));

  // Along another axis than the last, each feature has places of its own that count.
  const layers::BatchNormalization steps({.axis = 1, .momentum = 0});
  steps(with_mask(x, counts), {.training = true});
  const Tensor places = sum(counts.astype(float32), 0) * 3;
  const Tensor means = sum(where(counts.expand_dims(-1), x, 0), {0, 2}) / places;
  CHECK(allclose(steps.get_weights()[2], where(places == 0, 0, means), 1e-4, 1e-5));

  // The activation behind it is not fused where a mask comes by.
  const Sequential model{layers::BatchNormalization(), layers::ReLU()};
  const Tensor a = model(with_mask(x, counts), {.training = true});
  CHECK(allclose(where(counts.expand_dims(-1), a, 0), where(counts.expand_dims(-1), relu(y), 0), 1e-4, 1e-5));
  CHECK_THROWS_WITH(
      layers::BatchNormalization({.name = "b"})(with_mask(ones({2, 3, 4}), ones({2}, bool_)), {.training = true}),
      Contains("b: expected a mask of one dimension less than the inputs [2, 3, 4], given [2]"));
}

TEST_CASE("BatchNormalization with renorm corrects the statistics of the batch") {
  const Tensor x = randn({16, 3}) * 2 + 1;
  const double epsilon = 1e-3, momentum = 0.9, renorm_momentum = 0.6;
  const layers::BatchNormalization layer(
      {.momentum = momentum, .renorm = true, .renorm_clipping = {.rmax = 1.5, .dmax = 0.2}, .renorm_momentum = 0.6});
  layer(x);
  REQUIRE(layer.weights().size() == 7);
  CHECK(layer.weights()[4].name == "moving_stddev");
  CHECK(layer.weights()[5].name == "renorm_mean");
  CHECK(layer.weights()[6].name == "renorm_stddev");
  const Tensor gamma = tensor({1.0, 2.0, 0.5}), beta = tensor({0.0, -1.0, 1.0});
  layer.set_weights({gamma, beta, zeros({3}), ones({3}), ones({3}), full({3}, 0.5), full({3}, 1.2)});
  const Tensor center = mean(x, 0), variance = var(x, 0), stddev = sqrt(variance + epsilon);
  const Tensor r = minimum(stddev / 1.2, 1.5), d = clip((center - 0.5) / 1.2, -0.2, 0.2);
  const Tensor expected = ((x - center) / stddev * r + d) * gamma + beta;
  CHECK(allclose(layer(x, {.training = true}), expected, 1e-4, 1e-5));
  const std::vector<Tensor> after = layer.get_weights();
  CHECK(allclose(after[2], center * (1 - momentum), 1e-4, 1e-5));
  CHECK(allclose(after[4], momentum + stddev * (1 - momentum), 1e-4, 1e-5));
  CHECK(allclose(after[3], square(after[4]) - epsilon, 1e-4, 1e-5));
  CHECK(allclose(after[5], 0.5 * renorm_momentum + center * (1 - renorm_momentum), 1e-4, 1e-5));
  CHECK(allclose(after[6], 1.2 * renorm_momentum + stddev * (1 - renorm_momentum), 1e-4, 1e-5));
  CHECK(allclose(layer(x), (x - after[2]) / sqrt(after[3] + epsilon) * gamma + beta, 1e-4, 1e-5));
  // What it normalizes by has moved when a checkpoint computes again.
  const Tensor y = checkpoint([&](const Tensor& v) { return layer(v, {.training = true}); }, x);
  CHECK_THROWS_WITH(y.sum().backward(), Contains("normalizes by statistics that it moves (renorm)"));
  // The activation behind it comes after the correction.
  const layers::Layer relu = layers::ReLU();
  CHECK_FALSE(layer.impl().fuses(relu.impl()));

  CHECK(layer.get_config().at("renorm_clipping") == parse_json(R"({"rmax": 1.5, "rmin": null, "dmax": 0.2})"));
  CHECK(layers::clone(layer).get_config() == layer.get_config());
  CHECK(layers::BatchNormalization().get_config().find("renorm_clipping") == nullptr);
  CHECK_THROWS_WITH(layers::BatchNormalization({.renorm = true, .renorm_clipping = {.rmax = 1, .rmin = 2}}),
                    Contains("BatchNormalization: renorm_clipping: rmin must not be above rmax"));
  CHECK_THROWS_WITH(layers::BatchNormalization({.renorm = true, .renorm_clipping = {.dmax = -1}}),
                    Contains("BatchNormalization: renorm_clipping: dmax must be finite and not negative, given -1.0"));
}

TEST_CASE("renorm's corrections are constants in the derivative") {
  const Tensor x = randn({6, 2}, float64).set_requires_grad();
  const layers::BatchNormalization layer({.renorm = true, .dtype = float64}), plain({.dtype = float64});
  const Tensor weight = randn({6, 2}, float64);
  layer(x);
  const Tensor stddev = sqrt(var(x, 0) + 1e-3).detach();
  const std::vector<Tensor> found = grad(sum(layer(x, {.training = true}) * weight), {x});
  const std::vector<Tensor> expected = grad(sum(plain(x, {.training = true}) * stddev * weight), {x});
  CHECK(allclose(found[0], expected[0], 1e-9, 1e-10));
}

TEST_CASE("GroupNormalization normalizes groups of channels along any axis") {
  const Tensor x = randn({2, 5, 4, 6}) * 3 + 1;
  const layers::GroupNormalization layer({.groups = 3, .epsilon = 1e-5});
  const Tensor groups = layer(x).reshape({2, 5, 4, 3, 2});
  CHECK(allclose(mean(groups, {1, 2, 4}), zeros({2, 3}), 0, 1e-4));
  CHECK(allclose(var(groups, {1, 2, 4}), ones({2, 3}), 1e-3));
  const layers::GroupNormalization first({.groups = 3, .axis = 1, .epsilon = 1e-5});
  CHECK(allclose(first(x.permute({0, 3, 1, 2})), layer(x).permute({0, 3, 1, 2}), 1e-4, 1e-5));
  // Instance normalization, and layer normalization.
  const layers::GroupNormalization instance({.groups = -1});
  CHECK(allclose(mean(instance(x), {1, 2}), zeros({2, 6}), 0, 1e-4));
  const layers::GroupNormalization one({.groups = 1});
  CHECK(allclose(one(x), layers::LayerNormalization({.axis = {1, 2, 3}})(x), 1e-4, 1e-5));

  CHECK_THROWS_MATCHES(layers::GroupNormalization({.groups = 4, .name = "g"})(x), ValueError,
                       Message("g: 4 groups do not divide 6 channels, given inputs [2, 5, 4, 6]"));
  CHECK_THROWS_MATCHES(layers::GroupNormalization({.groups = -1, .name = "g"})(ones({3, 0})), ShapeError,
                       Message("g: the number of channels must be known, given [3, 0]"));
  CHECK_THROWS_MATCHES(layers::GroupNormalization({.groups = 1, .axis = 0, .name = "g"}).build({2, 3}), ShapeError,
                       Message("g: the lengths of the normalized axes must be known, given [-1, 3]"));
  CHECK_THROWS_MATCHES(layers::GroupNormalization({.axis = 4, .name = "g"})(x), IndexError,
                       Message("g: axis 4 is out of range for inputs [2, 5, 4, 6]"));
  CHECK_THROWS_MATCHES(layers::GroupNormalization({.groups = 0}), ValueError,
                       Message("GroupNormalization: groups must be at least 1, given 0"));
  CHECK_THROWS_AS(layer(ones({2, 5, 4, 3})), ShapeError);
  CHECK(layer(ones({2, 7, 4, 6})).shape() == Shape{2, 7, 4, 6});
}

TEST_CASE("RMSNormalization and UnitNormalization take several axes") {
  const Tensor x = randn({2, 3, 4});
  const layers::RMSNormalization rms({.axis = {2, 1}});
  CHECK(allclose(rms(x), x / sqrt(mean(square(x), {1, 2}, true) + 1e-6), 1e-4, 1e-5));
  CHECK(rms.weights()[0].name == "scale");
  CHECK(rms.weights()[0].value.shape() == Shape{3, 4});
  CHECK_FALSE(has_mask(rms(with_mask(x, ones({2, 3}, bool_)))));
  const layers::UnitNormalization unit({.axis = {1, 2}});
  CHECK(allclose(sum(square(unit(x)), {1, 2}), ones({2}), 1e-5));
  CHECK(has_mask(unit(with_mask(x, ones({2, 3}, bool_)))));
  CHECK(array_equal(unit(zeros({2, 3, 4})), zeros({2, 3, 4})));
}

TEST_CASE("a layer that normalizes some axes takes other lengths along the others") {
  const layers::LayerNormalization middle({.axis = 1});
  middle(ones({2, 3, 4}));
  CHECK(middle(ones({5, 3, 7})).shape() == Shape{5, 3, 7});
  CHECK_THROWS_AS(middle(ones({5, 4, 7})), ShapeError);
}

TEST_CASE("SpectralNormalization makes the largest singular value of a kernel 1") {
  const layers::Dense dense(5, {.kernel_initializer = initializers::RandomNormal({.stddev = 2})});
  const layers::SpectralNormalization layer(dense, {.power_iterations = 200});
  const Tensor x = randn({2, 4});
  layer(x);
  const auto weights = layer.weights();
  REQUIRE(weights.size() == 3);
  CHECK(weights[0].name == "kernel");
  CHECK(weights[1].name == "vector_u");
  CHECK(weights[1].value.shape() == Shape{1, 5});
  CHECK(weights[2].name == "bias");
  CHECK(layer.trainable_weights().size() == 2);
  const Tensor before = dense.get_weights()[0];
  layer(x);
  CHECK(array_equal(dense.get_weights()[0], before));
  const Tensor y = layer(x, {.training = true});
  const Tensor kernel = dense.get_weights()[0];
  // Another iteration finds that nothing is left to do.
  const SpectralNormResult again = spectral_norm(kernel, layer.get_weights()[1], 200);
  CHECK(allclose(again.kernel, kernel, 1e-3, 1e-4));
  CHECK(allclose(kernel / before, full({4, 5}, (kernel / before).to_vector<float>()[0]), 1e-3));
  CHECK(allclose(y, matmul(x, kernel), 1e-4, 1e-5));
  // It trains: the kernel is a leaf.
  sum(square(layer(x, {.training = true}))).backward();
  CHECK(max(abs(dense.weights()[0].value.grad())).item() > 0);

  const layers::SpectralNormalization zero(layers::Dense(2, {.kernel_initializer = "zeros"}));
  zero(ones({1, 3}), {.training = true});
  CHECK(array_equal(zero.get_weights()[0], zeros({3, 2})));
  const layers::SpectralNormalization embedding(layers::Embedding(6, 3));
  CHECK(embedding(tensor({{0, 5}}), {.training = true}).shape() == Shape{1, 2, 3});
  CHECK_THROWS_MATCHES(layers::SpectralNormalization(layers::ReLU({.name = "r"}), {.name = "s"})(ones({2, 3})),
                       ValueError,
                       Message("s: expected a layer with a weight \"kernel\" or \"embeddings\", given r, a ReLU"));
  CHECK_THROWS_MATCHES(layers::SpectralNormalization(dense, {.power_iterations = 0}), ValueError,
                       Message("SpectralNormalization: power_iterations must be at least 1, given 0"));
  const layers::SpectralNormalization copy = layers::clone(layer);
  copy.build(x.shape());  // the layer in it says for what it is built
  CHECK(copy.get_config() == layer.get_config());
  CHECK(copy.layers()[0].class_name() == "Dense");
}

namespace {

// In training, of inputs some of whose steps do not count.
struct MaskedBatchNormalizationImpl : layers::LayerImpl {
  layers::BatchNormalization batch{{.dtype = float64}};
  Tensor counts = tensor({{1, 1}, {0, 1}, {1, 0}}).astype(bool_);
  MaskedBatchNormalizationImpl() : LayerImpl({.dtype = float64}) {}
  Tensor call(const Tensor& x) { return batch(with_mask(x, counts), {.training = true}); }
};

}  // namespace

TEST_CASE("the derivatives of BatchNormalization with a mask are right", "[derivatives]") {
  const Tensor x = randn({3, 2, 4}, float64);
  const Handle<MaskedBatchNormalizationImpl> masked;
  CHECK(layers::gradcheck(masked, x).passed);
}
