#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Every number that an option or argument takes, outside of the range that its reference names: refused before anything
// is made of it, by its name.

using namespace xtape;

namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
constexpr double unbounded = std::numeric_limits<double>::infinity();

struct Option {
  std::string name;
  std::function<void(double)> use;
  // One number each outside of the range and inside.
  std::vector<double> refused;
  std::vector<double> taken;
};

std::vector<Option> options() {
  const Tensor x = ones({4, 3}), scale = ones({3}), shift = zeros({3});
  const std::vector<double> not_finite = {no_number, unbounded, -unbounded}, not_a_size = {no_number, unbounded, -1e-9},
                            not_a_fraction = {no_number, -1e-9, 1.5}, not_below_1 = {no_number, -1e-9, 1};
  const auto step_of = [](auto step) {
    return [step](double number) {
      const Tensor w = ones({3});
      step(std::vector<Tensor>{w}, std::vector<Tensor>{zeros({3})}, std::vector<Tensor>{zeros({3})}, number);
    };
  };
  using Tensors = std::vector<Tensor>;
  const auto sgd = [=](void (*set)(SgdStep&, double)) {
    return step_of([set](const Tensors& w, const Tensors& g, const Tensors& m, double number) {
      SgdStep step{.learning_rate = 0.1};
      set(step, number);
      sgd_update(w, g, m, step);
    });
  };
  const auto adam = [=](void (*set)(AdamStep&, double)) {
    return step_of([set](const Tensors& w, const Tensors& g, const Tensors& m, double number) {
      AdamStep step{.learning_rate = 0.1};
      set(step, number);
      adam_update(w, g, m, {zeros({3})}, {}, step);
    });
  };
  const auto rmsprop = [=](void (*set)(RmspropStep&, double)) {
    return step_of([set](const Tensors& w, const Tensors& g, const Tensors& v, double number) {
      RmspropStep step{.learning_rate = 0.1};
      set(step, number);
      rmsprop_update(w, g, v, {}, {}, step);
    });
  };
  return {
      {"layer_norm: epsilon", [=](double e) { layer_norm(x, scale, shift, e); }, not_a_size, {0, 1e-3}},
      {"batch_norm: epsilon", [=](double e) { batch_norm(x, scale, shift, e); }, not_a_size, {0, 1e-3}},
      {"batch_norm: epsilon", [=](double e) { batch_norm(x, scale, shift, shift, scale, e); }, not_a_size, {0}},
      {"scaled_dot_product_attention: scale",
       [=](double s) { scaled_dot_product_attention(x, x, x, {}, s); },
       not_finite,
       {0, -1, 2}},
      {"dropout: rate", [=](double r) { dropout(x, r); }, not_below_1, {0, 0.5}},
      {"leaky_relu: negative_slope", [=](double s) { leaky_relu(x, s); }, not_finite, {0, -1, 2}},
      {"elu: alpha", [=](double a) { elu(x, a); }, not_finite, {0, -1, 2}},
      {"allclose: rtol", [=](double t) { allclose(x, x, t); }, {no_number, -1e-9}, {0, unbounded}},
      {"allclose: atol", [=](double t) { allclose(x, x, 0, t); }, {no_number, -1e-9}, {0, unbounded}},
      {"linspace: start", [](double s) { linspace(s, 1, 3); }, not_finite, {-1e300}},
      {"linspace: stop", [](double s) { linspace(0, s, 3); }, not_finite, {-1e300}},
      {"arange: start", [](double s) { arange(s, 3.0); }, not_finite, {1}},
      {"arange: step", [](double s) { arange(0, 3.0, s); }, not_finite, {1}},
      {"sgd_update: learning_rate", sgd([](SgdStep& s, double n) { s.learning_rate = n; }), not_finite, {0, 1e300}},
      {"sgd_update: decay", sgd([](SgdStep& s, double n) { s.decay = n; }), not_finite, {0, 1e300}},
      {"sgd_update: momentum", sgd([](SgdStep& s, double n) { s.momentum = n; }), not_finite, {0, 1}},
      {"adam_update: learning_rate", adam([](AdamStep& s, double n) { s.learning_rate = n; }), not_finite, {1e300}},
      {"adam_update: decay", adam([](AdamStep& s, double n) { s.decay = n; }), not_finite, {0, 1e300}},
      {"adam_update: beta_1", adam([](AdamStep& s, double n) { s.beta_1 = n; }), not_a_fraction, {0, 1}},
      {"adam_update: beta_2", adam([](AdamStep& s, double n) { s.beta_2 = n; }), not_a_fraction, {0, 1}},
      {"adam_update: epsilon", adam([](AdamStep& s, double n) { s.epsilon = n; }), not_a_size, {0, 1e300}},
      {"rmsprop_update: learning_rate",
       rmsprop([](RmspropStep& s, double n) { s.learning_rate = n; }),
       not_finite,
       {1e300}},
      {"rmsprop_update: rho", rmsprop([](RmspropStep& s, double n) { s.rho = n; }), not_a_fraction, {0, 1}},
      {"rmsprop_update: momentum", rmsprop([](RmspropStep& s, double n) { s.momentum = n; }), not_finite, {0}},
      {"rmsprop_update: epsilon", rmsprop([](RmspropStep& s, double n) { s.epsilon = n; }), not_a_size, {0, 1e300}},
      {"SGD: learning_rate",
       [](double n) { optimizers::SGD({.learning_rate = n}); },
       {no_number, unbounded, 0, -1},
       {1e300}},
      {"SGD: momentum", [](double n) { optimizers::SGD({.momentum = n}); }, not_a_fraction, {0, 1}},
      {"SGD: weight_decay", [](double n) { optimizers::SGD({.weight_decay = n}); }, not_a_size, {0, 1}},
      {"SGD: clipnorm", [](double n) { optimizers::SGD({.clipnorm = n}); }, {no_number, 0, -1}, {1, unbounded}},
      {"SGD: clipvalue", [](double n) { optimizers::SGD({.clipvalue = n}); }, {no_number, 0, -1}, {1, unbounded}},
      {"SGD: global_clipnorm",
       [](double n) { optimizers::SGD({.global_clipnorm = n}); },
       {no_number, 0, -1},
       {1, unbounded}},
      {"adam: beta_1", [](double n) { optimizers::Adam({.beta_1 = n}); }, not_below_1, {0, 0.5}},
      {"adam: beta_2", [](double n) { optimizers::Adam({.beta_2 = n}); }, not_below_1, {0, 0.5}},
      {"adam: epsilon", [](double n) { optimizers::Adam({.epsilon = n}); }, not_a_size, {0, 1}},
      {"adamw: epsilon", [](double n) { optimizers::AdamW({.epsilon = n}); }, not_a_size, {0, 1}},
      {"rmsprop: rho", [](double n) { optimizers::RMSprop({.rho = n}); }, not_a_fraction, {0, 1}},
      {"rmsprop: momentum", [](double n) { optimizers::RMSprop({.momentum = n}); }, not_a_fraction, {0, 1}},
      {"rmsprop: epsilon", [](double n) { optimizers::RMSprop({.epsilon = n}); }, not_a_size, {0, 1}},
      {"SGD: ema_momentum", [](double n) { optimizers::SGD({.ema_momentum = n}); }, not_a_fraction, {0, 1}},
      {"SGD: loss_scale_factor",
       [](double n) { optimizers::SGD({.loss_scale_factor = n}); },
       {no_number, unbounded, 0, -1},
       {1}},
      {"nadam: beta_1", [](double n) { optimizers::Nadam({.beta_1 = n}); }, not_below_1, {0, 0.5}},
      {"nadam: beta_2", [](double n) { optimizers::Nadam({.beta_2 = n}); }, not_below_1, {0, 0.5}},
      {"nadam: epsilon", [](double n) { optimizers::Nadam({.epsilon = n}); }, not_a_size, {0, 1}},
      {"adamax: beta_1", [](double n) { optimizers::Adamax({.beta_1 = n}); }, not_below_1, {0, 0.5}},
      {"adamax: beta_2", [](double n) { optimizers::Adamax({.beta_2 = n}); }, not_below_1, {0, 0.5}},
      {"adamax: epsilon", [](double n) { optimizers::Adamax({.epsilon = n}); }, not_a_size, {0, 1}},
      {"adagrad: initial_accumulator_value",
       [](double n) { optimizers::Adagrad({.initial_accumulator_value = n}); },
       not_a_size,
       {0, 1}},
      {"adagrad: epsilon", [](double n) { optimizers::Adagrad({.epsilon = n}); }, not_a_size, {0, 1}},
      {"adadelta: rho", [](double n) { optimizers::Adadelta({.rho = n}); }, not_a_fraction, {0, 1}},
      {"adadelta: epsilon", [](double n) { optimizers::Adadelta({.epsilon = n}); }, not_a_size, {0, 1}},
      {"lion: beta_1", [](double n) { optimizers::Lion({.beta_1 = n}); }, {no_number, 0, 1.5}, {0.5, 1}},
      {"lion: beta_2", [](double n) { optimizers::Lion({.beta_2 = n}); }, not_a_fraction, {0, 1}},
      {"ftrl: -learning_rate_power",
       [](double n) { optimizers::Ftrl({.learning_rate_power = -n}); },
       not_a_size,
       {0, 1}},
      {"ftrl: initial_accumulator_value",
       [](double n) { optimizers::Ftrl({.initial_accumulator_value = n}); },
       not_a_size,
       {0, 1}},
      {"ftrl: l1_regularization_strength",
       [](double n) { optimizers::Ftrl({.l1_regularization_strength = n}); },
       not_a_size,
       {0, 1}},
      {"ftrl: l2_regularization_strength",
       [](double n) { optimizers::Ftrl({.l2_regularization_strength = n}); },
       not_a_size,
       {0, 1}},
      {"ftrl: l2_shrinkage_regularization_strength",
       [](double n) { optimizers::Ftrl({.l2_shrinkage_regularization_strength = n}); },
       not_a_size,
       {0, 1}},
      {"ftrl: beta", [](double n) { optimizers::Ftrl({.beta = n}); }, not_a_size, {0, 1}},
      {"lamb: beta_1", [](double n) { optimizers::Lamb({.beta_1 = n}); }, not_below_1, {0, 0.5}},
      {"lamb: beta_2", [](double n) { optimizers::Lamb({.beta_2 = n}); }, not_below_1, {0, 0.5}},
      {"lamb: epsilon", [](double n) { optimizers::Lamb({.epsilon = n}); }, not_a_size, {0, 1}},
      {"adafactor: beta_2_decay", [](double n) { optimizers::Adafactor({.beta_2_decay = n}); }, not_finite, {-1, 0}},
      {"adafactor: epsilon_1", [](double n) { optimizers::Adafactor({.epsilon_1 = n}); }, not_a_size, {0, 1}},
      {"adafactor: epsilon_2", [](double n) { optimizers::Adafactor({.epsilon_2 = n}); }, not_a_size, {0, 1}},
      {"adafactor: clip_threshold",
       [](double n) { optimizers::Adafactor({.clip_threshold = n}); },
       {no_number, unbounded, 0, -1},
       {1}},
      {"loss_scale_optimizer: initial_scale",
       [](double n) { optimizers::LossScaleOptimizer("sgd", {.initial_scale = n}); },
       {no_number, unbounded, 0, -1},
       {1}},
      {"ExponentialDecay: initial_learning_rate",
       [](double n) { optimizers::schedules::ExponentialDecay(n, 1, 0.5); },
       not_finite,
       {0, 1}},
      {"CosineDecay: alpha",
       [](double n) { optimizers::schedules::CosineDecay(1, 1, {.alpha = n}); },
       not_finite,
       {0, 1}},
      {"Dropout: rate", [](double n) { layers::Dropout{n}; }, not_a_fraction, {0, 1}},
      {"AlphaDropout: rate", [](double n) { layers::AlphaDropout{n}; }, not_below_1, {0, 0.5}},
      {"GaussianDropout: rate", [](double n) { layers::GaussianDropout{n}; }, not_below_1, {0, 0.5}},
      {"GaussianNoise: stddev", [](double n) { layers::GaussianNoise{n}; }, not_a_fraction, {0, 1}},
      {"SpatialDropout1D: rate", [](double n) { layers::SpatialDropout1D{n}; }, not_a_fraction, {0, 1}},
      {"SpatialDropout2D: rate", [](double n) { layers::SpatialDropout2D{n}; }, not_a_fraction, {0, 1}},
      {"SpatialDropout3D: rate", [](double n) { layers::SpatialDropout3D{n}; }, not_a_fraction, {0, 1}},
      {"ELU: alpha", [](double n) { layers::ELU({.alpha = n}); }, not_finite, {0, -1}},
      {"LeakyReLU: negative_slope", [](double n) { layers::LeakyReLU({.negative_slope = n}); }, not_finite, {0, -1}},
      {"ReLU: max_value", [](double n) { layers::ReLU({.max_value = n}); }, {no_number, -1e-9}, {0, unbounded}},
      {"ReLU: negative_slope", [](double n) { layers::ReLU({.negative_slope = n}); }, not_a_size, {0, 1}},
      {"ReLU: threshold", [](double n) { layers::ReLU({.threshold = n}); }, not_a_size, {0, 1}},
      {"LayerNormalization: epsilon", [](double n) { layers::LayerNormalization({.epsilon = n}); }, not_a_size, {0}},
      {"GroupNormalization: epsilon", [](double n) { layers::GroupNormalization({.epsilon = n}); }, not_a_size, {0}},
      {"RMSNormalization: epsilon", [](double n) { layers::RMSNormalization({.epsilon = n}); }, not_a_size, {0}},
      {"BatchNormalization: renorm_momentum",
       [](double n) { layers::BatchNormalization({.renorm_momentum = n}); },
       not_a_fraction,
       {0, 1}},
      {"BatchNormalization: epsilon", [](double n) { layers::BatchNormalization({.epsilon = n}); }, not_a_size, {0}},
      {"BatchNormalization: momentum",
       [](double n) { layers::BatchNormalization({.momentum = n}); },
       not_a_fraction,
       {0, 1}},
      {"MultiHeadAttention: dropout",
       [](double n) { layers::MultiHeadAttention(1, 1, {.dropout = n}); },
       not_below_1,
       {0, 0.5}},
      {"GroupQueryAttention: dropout",
       [](double n) { layers::GroupQueryAttention(1, 1, 1, {.dropout = n}); },
       not_below_1,
       {0, 0.5}},
      {"Attention: dropout", [](double n) { layers::Attention({.dropout = n}); }, not_below_1, {0, 0.5}},
      {"AdditiveAttention: dropout",
       [](double n) { layers::AdditiveAttention({.dropout = n}); },
       not_below_1,
       {0, 0.5}},
      {"BinaryCrossentropy: label_smoothing",
       [](double n) { losses::BinaryCrossentropy({.label_smoothing = n}); },
       not_a_fraction,
       {0, 1}},
      {"CategoricalCrossentropy: label_smoothing",
       [](double n) { losses::CategoricalCrossentropy({.label_smoothing = n}); },
       not_a_fraction,
       {0, 1}},
      {"BinaryAccuracy: threshold", [](double n) { metrics::BinaryAccuracy({.threshold = n}); }, not_finite, {0, -1}},
      {"L1L2: l1", [](double n) { regularizers::L1{n}; }, not_a_size, {0, 1}},
      {"L1L2: l2", [](double n) { regularizers::L2{n}; }, not_a_size, {0, 1}},
      {"Constant: value", [](double n) { initializers::Constant{n}; }, not_finite, {0, -1}},
      {"RandomNormal: mean", [](double n) { initializers::RandomNormal({.mean = n}); }, not_finite, {0, -1}},
      {"RandomNormal: stddev", [](double n) { initializers::RandomNormal({.stddev = n}); }, not_a_size, {0, 1}},
      {"TruncatedNormal: stddev", [](double n) { initializers::TruncatedNormal({.stddev = n}); }, not_a_size, {0, 1}},
      {"RandomUniform: minval", [](double n) { initializers::RandomUniform({.minval = n}); }, not_finite, {0, -1}},
      {"RandomUniform: maxval", [](double n) { initializers::RandomUniform({.maxval = n}); }, not_finite, {0, 1}},
      {"VarianceScaling: scale",
       [](double n) { initializers::VarianceScaling({.scale = n}); },
       {no_number, unbounded, 0, -1},
       {1}},
      {"Orthogonal: gain", [](double n) { initializers::Orthogonal({.gain = n}); }, not_finite, {0, -1}},
      {"Progbar: interval", [](double n) { utils::Progbar(1, {.interval = n}); }, {no_number, -1}, {0, unbounded}},
  };
}

}  // namespace

TEST_CASE("numbers outside of the range of an option are refused by its name") {
  for (const Option& option : options()) {
    for (const double number : option.refused) {
      INFO(option.name << " of " << number);
      CHECK_THROWS_AS(option.use(number), ValueError);
      CHECK_THROWS_WITH(option.use(number), Contains(option.name + " must "));
    }
    for (const double number : option.taken) {
      INFO(option.name << " of " << number);
      CHECK_NOTHROW(option.use(number));
    }
  }
}

TEST_CASE("gradcheck looks at its tolerances") {
  const Tensor x = ones({2}, float64).set_requires_grad();
  const auto check = [&](const GradcheckOptions& options) {
    return gradcheck([](const std::vector<Tensor>& inputs) { return std::vector<Tensor>{inputs[0] * inputs[0]}; }, {x},
                     options);
  };
  CHECK(check({}));
  CHECK_THROWS_WITH(check({.eps = 0}), "gradcheck: eps must be positive and finite, given 0.0");
  CHECK_THROWS_WITH(check({.atol = no_number}), "gradcheck: atol must be finite and not negative, given nan");
  CHECK_THROWS_WITH(check({.rtol = -1}), "gradcheck: rtol must be finite and not negative, given -1.0");
}

TEST_CASE("sizes below the least are refused by their names") {
  CHECK_THROWS_WITH(layers::Embedding(0, 3), "Embedding: input_dim must be at least 1, given 0");
  CHECK_THROWS_WITH(layers::Embedding(3, -1), "Embedding: output_dim must be at least 1, given -1");
  CHECK_THROWS_WITH(layers::MultiHeadAttention(1, 0), "MultiHeadAttention: key_dim must be at least 1, given 0");
  CHECK_THROWS_WITH(layers::Conv2D(1, 3, {.groups = 0}), "Conv2D: groups must be at least 1, given 0");
  CHECK_THROWS_WITH(layers::DepthwiseConv2D(3, {.depth_multiplier = 0}),
                    "DepthwiseConv2D: depth_multiplier must be at least 1, given 0");
  CHECK_THROWS_WITH(metrics::TopKCategoricalAccuracy({.k = 0}),
                    "TopKCategoricalAccuracy: k must be at least 1, given 0");
  CHECK_THROWS_WITH(utils::to_categorical(tensor({0, 1}), -2),
                    "to_categorical: num_classes must be at least 1, given -2");
  CHECK_THROWS_WITH(utils::to_categorical(tensor({0, 1}), 0),
                    "to_categorical: num_classes must be at least 1, given 0");
  CHECK_THROWS_WITH(set_cache_limit(-1), "set_cache_limit: bytes must be at least 0, given -1");
  CHECK_THROWS_WITH(eye(2, -2), "eye: columns must be at least 0, given -2");
}
