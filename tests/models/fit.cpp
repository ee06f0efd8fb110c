#include <iostream>
#include <sstream>
#include <xtape/error.hpp>
#include <xtape/initializers/constant.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/optimizers/adam.hpp>
#include <xtape/optimizers/sgd.hpp>
#include <xtape/random.hpp>
#include <xtape/utils/to_categorical.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

struct Data {
  Tensor x, labels, one_hot;
};

// Three clouds of points.
Data clouds(int64_t count) {
  const Tensor labels = randint(0, 3, {count});
  const Tensor one_hot = utils::to_categorical(labels, 3);
  return {matmul(one_hot, tensor({{4.0, 0.0}, {0.0, 4.0}, {-4.0, -4.0}})) + randn({count, 2}), labels, one_hot};
}

Sequential classifier() {
  return Sequential{layers::Dense(16, {.activation = "relu", .input_shape = {2}}),
                    layers::Dense(3, {.activation = "softmax"})};
}

// What is written to std::cout while an instance lives.
class CapturedOutput {
 public:
  CapturedOutput() : before_(std::cout.rdbuf(text_.rdbuf())) {}
  ~CapturedOutput() { std::cout.rdbuf(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf* before_;
};

struct MlpImpl : ModelImpl {
  layers::Dense hidden = track("hidden", layers::Dense(8, {.activation = "tanh"}));
  layers::Dense output = track("output", layers::Dense(1));
  Tensor call(const Tensor& x) { return output(hidden(x)); }
};
using Mlp = Handle<MlpImpl>;

}  // namespace

TEST_CASE("fit learns, with every optimizer and both kinds of labels") {
  set_random_seed(1);
  const Data train = clouds(400), test = clouds(200);
  for (const char* optimizer : {"sgd", "adam", "rmsprop"}) {
    Sequential model = classifier();
    model.compile({.optimizer = optimizer, .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
    model.optimizer().set_learning_rate(0.02);
    const History history = model.fit(train.x, train.one_hot, {.epochs = 8, .verbose = 0});
    CHECK(history["accuracy"].back() > 0.95);
    CHECK(model.evaluate(test.x, test.one_hot, {.verbose = 0})["accuracy"] > 0.95);
  }
  Sequential model = classifier();
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.02}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
  const History history =
      model.fit(train.x, train.labels, {.epochs = 8, .verbose = 0, .validation_data = {test.x, test.labels}});
  CHECK(history["val_accuracy"].back() > 0.95);
  CHECK(history["loss"].size() == 8);
  CHECK(history.epoch().back() == 7);
}

TEST_CASE("a model of one's own trains") {
  set_random_seed(2);
  const Tensor x = rand({256, 1}) * 4 - 2;
  const Tensor y = square(x);
  Mlp model;
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.02}), .loss = "mse", .metrics = {"mae"}});
  const History history = model.fit(x, y, {.epochs = 40, .verbose = 0});
  CHECK(history["loss"].back() < 0.05);
  CHECK(history["mae"].back() < 0.2);
  CHECK(model.weights()[0].path.ends_with("/hidden/kernel"));
  CHECK(model.predict(x, {.verbose = 0}).shape() == Shape{256, 1});
}

TEST_CASE("the loss of an epoch is the mean over samples, penalties included") {
  Sequential model{layers::Dense(1, {.use_bias = false,
                                     .kernel_initializer = "ones",
                                     .kernel_regularizer = regularizers::L2(0.5),
                                     .input_shape = {1}})};
  // A rate so small that the weight stays 1.
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .loss = "mse", .metrics = {"mae"}});
  const Tensor x = zeros({5, 1}), y = tensor({{1.0}, {1.0}, {1.0}, {1.0}, {3.0}});
  const History history = model.fit(x, y, {.batch_size = 2, .verbose = 0});
  CHECK(history["loss"][0] == Approx((4 + 9) / 5.0 + 0.5));
  CHECK(history["mae"][0] == Approx(7 / 5.0));
  const auto score = model.evaluate(x, y, {.batch_size = 4, .verbose = 0});
  CHECK(score[0] == Approx(13 / 5.0 + 0.5));
  CHECK(score["mae"] == Approx(7 / 5.0));
}

TEST_CASE("validation_split takes the last samples") {
  Sequential model{layers::Dense(1, {.use_bias = false, .kernel_initializer = "zeros", .input_shape = {1}})};
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .loss = "mse"});
  const Tensor y = tensor({{1.0}, {1.0}, {1.0}, {2.0}, {2.0}});
  const History history = model.fit(zeros({5, 1}), y, {.verbose = 0, .validation_split = 0.3});
  CHECK(history["loss"][0] == Approx(1));
  CHECK(history["val_loss"][0] == Approx(4));
  CHECK_THROWS_WITH(model.fit(zeros({2, 1}), ones({2, 1}), {.validation_split = 0.9}),
                    Contains("leaves none to train"));
}

TEST_CASE("the same seed gives the same training") {
  const auto train = [] {
    set_random_seed(7);
    const Data data = clouds(100);
    Sequential model{layers::Dense(8, {.activation = "relu", .input_shape = {2}}), layers::Dropout(0.3),
                     layers::Dense(3, {.activation = "softmax"})};
    model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
    return model.fit(data.x, data.labels, {.epochs = 3, .verbose = 0})["loss"];
  };
  CHECK(train() == train());
}

TEST_CASE("fit and evaluate write Keras's lines") {
  const Data data = clouds(64);
  Sequential model = classifier();
  model.compile({.loss = "sparse_categorical_crossentropy", .metrics = {"accuracy", "accuracy"}});
  const CapturedOutput output;
  model.fit(data.x, data.labels, {.epochs = 2, .verbose = 2, .validation_split = 0.5});
  model.fit(data.x, data.labels, {.verbose = 0});
  CHECK_THAT(output.text(), Contains("Epoch 1/2\n1/1 - 0s - ") && Contains("Epoch 2/2\n") &&
                                Contains("/step - accuracy: 0.") && Contains(" - accuracy_1: 0.") &&
                                Contains(" - val_accuracy: ") && Contains(" - val_loss: "));
}

TEST_CASE("callbacks see the training and can stop it") {
  struct Stop : callbacks::CallbackImpl {
    int batches = 0, ended = 0;
    void on_train_batch_end(int64_t, const callbacks::Logs& logs) override {
      ++batches;
      CHECK(logs.contains("loss"));
    }
    void on_epoch_end(int64_t epoch, callbacks::Logs& logs) override {
      logs.set("extra", 1);
      model().set_stop_training(epoch == 1);
    }
    void on_train_end(const callbacks::Logs&) override { ++ended; }
  };
  const auto stop = std::make_shared<Stop>();
  const Data data = clouds(64);
  Sequential model = classifier();
  model.compile({.loss = "sparse_categorical_crossentropy"});
  const History history = model.fit(data.x, data.labels, {.epochs = 9, .verbose = 0, .callbacks = {stop}});
  CHECK(history["loss"].size() == 2);
  CHECK(history["extra"].size() == 2);
  CHECK(stop->batches == 4);
  CHECK(stop->ended == 1);
}

TEST_CASE("fit works on with NaN and one sample, without a crash") {
  Sequential model = classifier();
  model.compile({.loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  const History one = model.fit(ones({1, 2}), tensor({1}), {.batch_size = 100, .verbose = 0});
  CHECK(one["loss"].size() == 1);
  const History nan = model.fit(full({2, 2}, 0.0) / 0.0, tensor({1, 2}), {.verbose = 0});
  CHECK(nan["loss"][0] != nan["loss"][0]);
}

namespace {

struct RecompilesImpl : callbacks::CallbackImpl {
  void on_epoch_end(int64_t, callbacks::Logs&) override { model().compile({.optimizer = "sgd", .loss = "mae"}); }
};

}  // namespace

TEST_CASE("a model is not compiled while it trains") {
  const Sequential model{layers::Dense(1)};
  model.compile({.optimizer = "adam", .loss = "mse"});
  CHECK_THROWS_WITH(
      model.fit(ones({8, 2}), ones({8, 1}), {.verbose = 0, .callbacks = {std::make_shared<RecompilesImpl>()}}),
      Contains("compile: the model is training"));
  CHECK(model.fit(ones({8, 2}), ones({8, 1}), {.verbose = 0})["loss"].size() == 1);
}
