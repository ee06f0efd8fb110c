#include <iostream>
#include <limits>
#include <sstream>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

const Tensor counts =
    tensor({{true, true, false}, {true, false, false}, {true, true, true}, {false, true, true}, {false, false, true}});

struct MeanOfStepsImpl : layers::LayerImpl {
  Tensor call(const Tensor& x) {
    if (!mask().defined()) return mean(x, 1);
    const Tensor weights = mask().expand_dims(-1).astype(x.dtype());
    return sum(x * weights, 1) / sum(weights, 1);
  }
};

Tensor steps() {
  set_random_seed(3);
  return randn({5, 3, 2});
}

Sequential mean_model() {
  set_random_seed(4);
  return Sequential{Handle<MeanOfStepsImpl>(), layers::Dense(1)};
}

// Its outputs have masks, so that its loss leaves steps out.
Sequential step_model() {
  set_random_seed(4);
  return Sequential{layers::Dense(4, {.activation = "tanh"}), layers::Dense(1)};
}

}  // namespace

TEST_CASE("predict and evaluate give batches their part of the mask") {
  const Tensor x = with_mask(steps(), counts), y = ones({5, 1});
  const Sequential model = mean_model();
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor expected = model(x);
  CHECK_FALSE(allclose(expected, model(steps()), 1e-3));
  const double loss = model.evaluate(x, y, {.batch_size = 5, .verbose = 0})["loss"];
  CHECK(loss == Approx(mean(square(expected - y)).item()));
  for (const int64_t batch_size : {1, 2, 3, 5, 8}) {
    INFO("batch_size " << batch_size);
    CHECK(allclose(model.predict(x, {.batch_size = batch_size, .verbose = 0}), expected, 1e-6));
    CHECK(model.evaluate(x, y, {.batch_size = batch_size, .verbose = 0})["loss"] == Approx(loss));
  }
}

TEST_CASE("fit gives batches their part of the mask, shuffled or not, split or not") {
  const Tensor x = steps();
  // What is left out of the mean is left out in x as well, where it is of another value.
  const auto weights_for = [&](const Tensor& given, const models::FitOptions& options) {
    const Sequential model = mean_model();
    model.compile({.optimizer = "sgd", .loss = "mse"});
    set_random_seed(5);
    model.fit(given, ones({5, 1}), options);
    return model.get_weights();
  };
  const Tensor spoilt = where(counts.expand_dims(-1), x, 1000);
  const models::FitOptions all[] = {{.batch_size = 2, .epochs = 2, .verbose = 0},
                                    {.batch_size = 5, .epochs = 2, .verbose = 0},
                                    {.batch_size = 2, .verbose = 0, .shuffle = false},
                                    {.batch_size = 2, .verbose = 0, .validation_split = 0.4}};
  for (const models::FitOptions& options : all) {
    INFO("batch_size " << *options.batch_size << ", shuffle " << options.shuffle);
    const std::vector<Tensor> expected = weights_for(with_mask(x, counts), options);
    const std::vector<Tensor> given = weights_for(with_mask(spoilt, counts), options);
    CHECK(array_equal(given[0], expected[0]));
    CHECK_FALSE(allclose(weights_for(x, options)[0], expected[0], 1e-5));
  }
}

TEST_CASE("a mask of samples, and one of no axes, go with batches too") {
  struct SaysMaskImpl : layers::LayerImpl {
    Tensor call(const Tensor& x) {
      return mask().defined() ? mask().astype(float32) + zeros({x.shape(0)}) : zeros({x.shape(0)});
    }
  };
  const Sequential model{Handle<SaysMaskImpl>()};
  const Tensor of_samples = tensor({true, false, true});
  const models::PredictOptions one_by_one{.batch_size = 1, .verbose = 0};
  CHECK(array_equal(model.predict(with_mask(ones({3, 2}), of_samples), one_by_one), of_samples.astype(float32)));
  CHECK(array_equal(model.predict(with_mask(ones({3, 2}), Tensor(true)), one_by_one), ones({3})));
}

TEST_CASE("jit_compile captures no step whose x has a mask, and trains as without") {
  const Tensor y = ones({5, 3, 1});
  const auto trained = [&](bool jit_compile) {
    const Sequential model = step_model();
    model.compile({.optimizer = "adam", .loss = "mse", .jit_compile = jit_compile});
    std::ostringstream text;
    std::streambuf* const before = std::cerr.rdbuf(text.rdbuf());
    // The first step is one that is captured, of the shape of the others.
    model.train_on_batch(steps(), y);
    std::vector<double> losses;
    for (int i = 0; i < 3; ++i) losses.push_back(model.train_on_batch(with_mask(steps(), counts), y)["loss"]);
    losses.push_back(model.train_on_batch(steps(), y)["loss"]);
    std::cerr.rdbuf(before);
    CHECK((text.str().find("runs without being captured: capture: input 0 of shape [5, 3, 2] has a mask") !=
           std::string::npos) == jit_compile);
    return std::pair(losses, model.get_weights());
  };
  const auto [plain_losses, plain_weights] = trained(false);
  const auto [jit_losses, jit_weights] = trained(true);
  CHECK(plain_losses == jit_losses);
  for (std::size_t i = 0; i < plain_weights.size(); ++i) CHECK(array_equal(plain_weights[i], jit_weights[i]));
}

TEST_CASE("per-example gradients see the mask of each example") {
  const Tensor x = with_mask(steps(), counts);
  const losses::MeanSquaredError mse;
  const auto check = [&](const Model& model, const Tensor& y) {
    model(x);
    const std::vector<Tensor> found = models::per_example_gradients(model, mse, x, y);
    for (int64_t i = 0; i < 5; ++i) {
      const Tensor one = with_mask(steps().slice(0, {i, i + 1}), counts.slice(0, {i, i + 1}));
      const std::vector<Tensor> expected = grad(mse(y.slice(0, {i, i + 1}), model(one)), model.trainable_variables());
      for (std::size_t k = 0; k < found.size(); ++k) CHECK(allclose(found[k][i], expected[k], 1e-5, 1e-6));
    }
  };
  check(mean_model(), ones({5, 1}));
  check(step_model(), ones({5, 3, 1}));
}
