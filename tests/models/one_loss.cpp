#include <cmath>
#include <string>
#include <xtape/autograd.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/losses/crossentropy.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/optimizers/sgd.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

// A model and data have one loss, whoever asks for it and whether or not it is recorded.

using namespace xtape;

namespace {

// A rate so small that weights stay as they are.
optimizers::SGD still() { return optimizers::SGD({.learning_rate = 1e-30}); }

void check_one_loss(const Sequential& model, const std::string& name, const losses::Loss& loss, const Tensor& x,
                    const Tensor& y, double expected) {
  INFO(name);
  model.compile({.optimizer = still(), .loss = name, .metrics = {name}});
  const auto history = model.fit(x, y, {.batch_size = 2, .verbose = 0, .validation_data = {x, y}, .shuffle = false});
  CHECK(history["loss"][0] == Approx(expected));
  CHECK(history[name][0] == Approx(expected));
  CHECK(history["val_loss"][0] == Approx(expected));
  CHECK(history["val_" + name][0] == Approx(expected));
  for (const int64_t batch_size : {1, 3, 32}) {
    const auto score = model.evaluate(x, y, {.batch_size = batch_size, .verbose = 0});
    CHECK(score["loss"] == Approx(expected));
    CHECK(score[name] == Approx(expected));
  }
  // A loop of one's own: recorded in training, recorded in inference, not recorded.
  CHECK(loss(y, model(x, {.training = true})).item() == Approx(expected));
  CHECK(loss(y, model(x)).item() == Approx(expected));
  const NoGrad no_grad;
  CHECK(loss(y, model(x)).item() == Approx(expected));
  // What predict returns are numbers alone, so that their loss is that of clipped probabilities, in any batches.
  const double clipped = loss(y, model.predict(x, {.verbose = 0})).item();
  CHECK(loss(y, model.predict(x, {.batch_size = 1, .verbose = 0})).item() == Approx(clipped));
  CHECK(loss(y, model.predict(x, {.verbose = 0}).clone()).item() == Approx(clipped));
}

}  // namespace

TEST_CASE("binary cross-entropy of a sigmoid that is sure and wrong") {
  Sequential by_name{layers::Dense(1, {.activation = "sigmoid", .input_shape = {1}})};
  Sequential by_layer{layers::Dense(1, {.input_shape = {1}}), layers::Activation("sigmoid")};
  for (const Sequential& model : {by_name, by_layer}) {
    model.set_weights({full({1, 1}, 100), zeros({1})});
    check_one_loss(model, "binary_crossentropy", losses::BinaryCrossentropy(), ones({5, 1}), zeros({5, 1}), 100);
  }
}

TEST_CASE("cross-entropies of a softmax that is sure and wrong") {
  Sequential model{layers::Dense(3, {.activation = "softmax", .use_bias = false, .input_shape = {1}})};
  model.set_weights({tensor({{-100.0, 50.0, 0.0}})});
  const Tensor labels = zeros({5}, int64);
  check_one_loss(model, "sparse_categorical_crossentropy", losses::SparseCategoricalCrossentropy(), ones({5, 1}),
                 labels, 150);
  check_one_loss(model, "categorical_crossentropy", losses::CategoricalCrossentropy(), ones({5, 1}), one_hot(labels, 3),
                 150);
}

TEST_CASE("a loss follows what is written into a prediction") {
  const Tensor logits = full({2, 1}, 100), y = zeros({2, 1});
  const auto prediction = [&](bool recorded) {
    const Tensor x = logits.clone().set_requires_grad(recorded);
    Sequential sigmoid{layers::Activation("sigmoid")};
    return sigmoid(x);
  };
  for (const bool recorded : {false, true}) {
    const Tensor p = prediction(recorded);
    CHECK(losses::BinaryCrossentropy()(y, p).item() == Approx(100));
    const Tensor changed = p.detach();
    changed.fill(0.5);
    CHECK(losses::BinaryCrossentropy()(y, changed).item() == Approx(std::log(2)));
    CHECK(losses::BinaryCrossentropy()(y, p).item() == Approx(std::log(2)));
  }
}
