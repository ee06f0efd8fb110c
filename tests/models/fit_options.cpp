#include <csignal>
#include <iostream>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/captured_text.hpp"

// Options of fit, evaluate and predict, and the hooks of callbacks.

using namespace xtape;
using callbacks::Logs;
using models::Batch;

namespace {

// So small a rate that weights stay as they are.
optimizers::SGD still() { return optimizers::SGD({.learning_rate = 1e-30}); }

// y = w x with w = 1.
Sequential identity() {
  Sequential model{layers::Dense(1, {.use_bias = false, .kernel_initializer = "ones", .input_shape = {1}})};
  model.compile({.optimizer = still(), .loss = "mse", .metrics = {"mae"}});
  return model;
}

Tensor column(const std::vector<double>& values) {
  return tensor(values).astype(float32).reshape({static_cast<int64_t>(values.size()), 1});
}

// Writes down the hooks that are called.
struct Diary : CallbackImpl {
  std::string text;
  void on_train_begin() override { text += "T("; }
  void on_train_end(const Logs& logs) override { text += logs.contains("loss") ? ")" : "?"; }
  void on_epoch_begin(int64_t epoch) override { text += "e" + std::to_string(epoch); }
  void on_epoch_end(int64_t epoch, Logs&) override { text += "E" + std::to_string(epoch); }
  void on_train_batch_begin(int64_t batch) override { text += "b" + std::to_string(batch); }
  void on_train_batch_end(int64_t batch, const Logs&) override { text += "B" + std::to_string(batch); }
  void on_test_begin() override { text += "v("; }
  void on_test_end(const Logs& logs) override { text += logs.contains("mae") ? ")" : "?"; }
  void on_test_batch_begin(int64_t batch) override { text += "t" + std::to_string(batch); }
  void on_test_batch_end(int64_t batch, const Logs&) override { text += "T" + std::to_string(batch); }
  void on_predict_begin() override { text += "p("; }
  void on_predict_end() override { text += ")"; }
  void on_predict_batch_begin(int64_t batch) override { text += "q" + std::to_string(batch); }
  void on_predict_batch_end(int64_t batch, const std::vector<Tensor>& outputs) override {
    text += "Q" + std::to_string(batch) + outputs.at(0).shape().str();
  }
};

}  // namespace

TEST_CASE("callbacks are called where Keras calls them") {
  const Sequential model = identity();
  const Tensor x = ones({3, 1});
  const auto diary = std::make_shared<Diary>();
  model.fit(x, x,
            {.batch_size = 2,
             .epochs = 2,
             .verbose = 0,
             .callbacks = {diary},
             .validation_data = {x, x},
             .validation_batch_size = 3,
             .validation_freq = 2});
  CHECK(diary->text == "T(e0b0B0b1B1E0e1b0B0b1B1v(t0T0)E1)");
  diary->text.clear();
  model.evaluate(x, x, {.batch_size = 2, .verbose = 0, .callbacks = {diary}});
  CHECK(diary->text == "v(t0T0t1T1)");
  diary->text.clear();
  model.predict(x, {.batch_size = 2, .verbose = 0, .callbacks = {diary}});
  CHECK(diary->text == "p(q0Q0[2, 1]q1Q1[1, 1])");
}

TEST_CASE("hooks of batches have Keras's other names too") {
  struct Batches : CallbackImpl {
    std::string text;
    void on_batch_begin(int64_t batch) override { text += "b" + std::to_string(batch); }
    void on_batch_end(int64_t batch, const Logs& logs) override {
      text += (logs.contains("loss") ? "B" : "?") + std::to_string(batch);
    }
  };
  const Sequential model = identity();
  const Tensor x = ones({3, 1});
  const auto batches = std::make_shared<Batches>();
  model.fit(x, x, {.batch_size = 2, .verbose = 0, .callbacks = {batches}, .validation_data = {x, x}});
  CHECK(batches->text == "b0B0b1B1");
}

TEST_CASE("steps that are given alone say how many samples a batch has") {
  const Sequential model = identity();
  const Tensor x = ones({10, 1});
  const auto diary = std::make_shared<Diary>();
  // As in Keras: ceil(samples / steps), 32 where steps are not given either.
  model.fit(x, x, {.verbose = 0, .callbacks = {diary}, .steps_per_epoch = 3});
  CHECK(diary->text == "T(e0b0B0b1B1b2B2E0)");
  CHECK(model.optimizer().iterations() == 3);
  diary->text.clear();
  model.predict(x, {.verbose = 0, .steps = 3, .callbacks = {diary}});
  CHECK(diary->text == "p(q0Q0[4, 1]q1Q1[4, 1]q2Q2[2, 1])");
  diary->text.clear();
  model.evaluate(x, x, {.verbose = 0, .steps = 2, .callbacks = {diary}});
  CHECK(diary->text == "v(t0T0t1T1)");
  diary->text.clear();
  model.fit(x, x, {.verbose = 0, .callbacks = {diary}, .validation_data = {x, x}, .validation_steps = 2});
  CHECK(diary->text == "T(e0b0B0v(t0T0t1T1)E0)");
  CHECK(model.predict(x, {.batch_size = 2, .verbose = 0, .steps = 3}).shape() == Shape{6, 1});
}

TEST_CASE("a callback is told the parameters, and is a handle") {
  struct Counting : CallbackImpl {
    int64_t batches = 0;
    void on_train_begin() override {
      CHECK(params().epochs == 4);
      CHECK(params().steps == 2);
      CHECK(params().verbose == 0);
    }
    void on_train_batch_end(int64_t, const Logs&) override { ++batches; }
  };
  const Callback callback = Counting(), copy = callback;
  const Sequential model = identity();
  model.fit(ones({3, 1}), ones({3, 1}),
            {.batch_size = 2, .epochs = 4, .verbose = 0, .callbacks = {copy}, .initial_epoch = 1});
  CHECK(dynamic_cast<Counting&>(*callback).batches == 6);
  CHECK_THROWS_WITH(Callback(Counting())->model(), Contains("callback: there is no model before fit"));
}

TEST_CASE("the progress is not shown twice") {
  struct Shows : CallbackImpl {
    bool shows_progress() const override { return true; }
  };
  const Sequential model = identity();
  const test::CapturedText output(std::cout);
  model.fit(ones({2, 1}), ones({2, 1}), {.epochs = 2, .callbacks = {Shows()}});
  CHECK(output.text().empty());
  model.fit(ones({2, 1}), ones({2, 1}), {.verbose = 2});
  CHECK_THAT(output.text(), Contains("1/1 - 0s - "));
}

TEST_CASE("training can stop in the middle of an epoch") {
  struct Stop : CallbackImpl {
    void on_train_batch_end(int64_t batch, const Logs&) override { model().set_stop_training(batch == 1); }
  };
  const Sequential model = identity();
  const auto diary = std::make_shared<Diary>();
  const History history =
      model.fit(ones({8, 1}), ones({8, 1}), {.batch_size = 2, .epochs = 3, .verbose = 0, .callbacks = {Stop(), diary}});
  CHECK(diary->text == "T(e0b0B0b1B1E0)");
  CHECK(history["loss"].size() == 1);
}

TEST_CASE("steps_per_execution takes several batches from hook to hook") {
  const Sequential model = identity();
  model.compile({.optimizer = still(), .loss = "mse", .metrics = {"mae"}, .steps_per_execution = 2});
  const auto diary = std::make_shared<Diary>();
  const Tensor x = ones({5, 1});
  model.fit(x, x, {.batch_size = 1, .verbose = 0, .callbacks = {diary}, .validation_data = {x, x}});
  CHECK(diary->text == "T(e0b0B1b2B3b4B4v(t0T1t2T3t4T4)E0)");
}

TEST_CASE("initial_epoch and validation_freq count as in Keras") {
  const Sequential model = identity();
  const Tensor x = ones({4, 1});
  History history = model.fit(x, x, {.epochs = 5, .verbose = 0, .initial_epoch = 2});
  CHECK(history.epoch() == std::vector<int64_t>{2, 3, 4});
  history = model.fit(x, x, {.epochs = 5, .verbose = 0, .validation_data = {x, x}, .validation_freq = 2});
  CHECK(history["val_loss"].size() == 2);
  history = model.fit(x, x, {.epochs = 5, .verbose = 0, .validation_data = {x, x}, .validation_freq = {1, 4, 5}});
  CHECK(history["val_loss"].size() == 3);
}

TEST_CASE("validation_steps begin with the first batch each time") {
  const Sequential model = identity();
  const Tensor x = ones({4, 1}), y = column({1, 1, 5, 5});
  const History history = model.fit(
      x, x, {.epochs = 2, .verbose = 0, .validation_data = {x, y}, .validation_steps = 1, .validation_batch_size = 2});
  CHECK(history["val_loss"] == std::vector<double>{0, 0});
}

TEST_CASE("class weights count in the loss and in weighted metrics of the training alone") {
  Sequential model{layers::Dense(1, {.use_bias = false, .kernel_initializer = "ones", .input_shape = {1}})};
  model.compile({.optimizer = still(), .loss = "mae", .metrics = {"mae"}, .weighted_metrics = {"mae"}});
  const Tensor x = zeros({4, 1}), y = column({0, 1, 1, 2});
  const History history =
      model.fit(x, y, {.verbose = 0, .validation_data = {x, y}, .class_weight = {{1, 3}, {2, 0.5}}});
  CHECK(history["loss"][0] == Approx((3 + 3 + 1) / 4.0));
  CHECK(history["mae"][0] == Approx(1));
  CHECK(history["weighted_mae"][0] == Approx((3 + 3 + 1) / (1 + 3 + 3 + 0.5)));
  CHECK(history["val_loss"][0] == Approx(1));
  CHECK(history["val_weighted_mae"][0] == Approx(1));
  CHECK(model.train_on_batch(x, y, {.class_weight = {{1, 3}, {2, 0.5}}})["loss"] == Approx(7 / 4.0));
}

TEST_CASE("class weights of one-hot targets are those of the largest entry") {
  Sequential model{layers::Dense(3, {.activation = "softmax", .kernel_initializer = "zeros", .input_shape = {1}})};
  model.compile({.optimizer = still(), .loss = "categorical_crossentropy"});
  const Tensor y = tensor({{1.0, 0.0, 0.0}, {0.0, 0.0, 1.0}}).astype(float32);
  const History history = model.fit(ones({2, 1}), y, {.verbose = 0, .class_weight = {{2, 5}}});
  CHECK(history["loss"][0] == Approx(std::log(3.0) * 6 / 2));
}

TEST_CASE("sample weights of a validation count") {
  const Sequential model = identity();
  const Tensor x = ones({2, 1}), y = column({1, 3});
  const History history =
      model.fit(x, x, {.verbose = 0, .validation_data = {x, y, tensor({1.0, 0.5}).astype(float32)}});
  CHECK(history["val_loss"][0] == Approx(1));
  CHECK(history["val_mae"][0] == Approx(1));
}

TEST_CASE("an evaluation within a callback leaves what fit gathers") {
  struct Evaluates : CallbackImpl {
    Evaluates(Tensor x, Tensor y) : x(std::move(x)), y(std::move(y)) {}
    Tensor x, y;
    void on_train_batch_end(int64_t, const Logs&) override {
      CHECK(model().evaluate(x, y, {.verbose = 0})["loss"] == Approx(100));
      CHECK(model().test_on_batch(x, y)["loss"] == Approx(100));
    }
  };
  const Sequential model = identity();
  const Tensor x = ones({4, 1});
  const History history =
      model.fit(x, column({1, 2, 3, 4}),
                {.batch_size = 2, .verbose = 0, .callbacks = {Evaluates(x, full({4, 1}, 11))}, .shuffle = false});
  CHECK(history["loss"][0] == Approx((0 + 1 + 4 + 9) / 4.0));
  CHECK(history["mae"][0] == Approx((0 + 1 + 2 + 3) / 4.0));
}

TEST_CASE("fit within fit is refused") {
  struct Fits : CallbackImpl {
    void on_epoch_end(int64_t, Logs&) override { model().fit(ones({2, 1}), ones({2, 1}), {.verbose = 0}); }
  };
  const Sequential model = identity();
  CHECK_THROWS_WITH(model.fit(ones({2, 1}), ones({2, 1}), {.verbose = 0, .callbacks = {Fits()}}),
                    Contains("fit: the model is being fitted; call fit when that has ended"));
  model.fit(ones({2, 1}), ones({2, 1}), {.verbose = 0});
}

namespace {
volatile std::sig_atomic_t own_signals = 0;
}  // namespace

TEST_CASE("Ctrl-C ends the training after the batch where that is asked for") {
  struct Interrupts : CallbackImpl {
    void on_train_batch_begin(int64_t batch) override {
      if (batch == 1) std::raise(SIGINT);
    }
  };
  const auto before = std::signal(SIGINT, [](int) { own_signals = own_signals + 1; });
  const Sequential model = identity();
  const auto diary = std::make_shared<Diary>();
  const Tensor x = ones({8, 1});
  const models::FitOptions options{.batch_size = 2,
                                   .epochs = 3,
                                   .verbose = 0,
                                   .callbacks = {Interrupts(), diary},
                                   .validation_data = {x, x},
                                   .stop_on_interrupt = true};
  const History history = model.fit(x, x, options);
  CHECK(diary->text == "T(e0b0B0b1B1E0)");
  CHECK(history["loss"].size() == 1);
  CHECK(own_signals == 0);
  // The handler before is there again, and the next training can be interrupted too.
  std::raise(SIGINT);
  CHECK(own_signals == 1);
  CHECK(model.fit(x, x, options)["loss"].size() == 1);
  // A second signal is no longer ours.
  struct Insists : CallbackImpl {
    void on_train_batch_begin(int64_t batch) override {
      if (batch != 0) return;
      std::raise(SIGINT);
      std::raise(SIGINT);
    }
  };
  model.fit(x, x, {.verbose = 0, .callbacks = {Insists()}, .stop_on_interrupt = true});
  CHECK(own_signals == 2);
  std::signal(SIGINT, before);
}

TEST_CASE("two scores can be taken apart") {
  const Sequential model = identity();
  const Tensor x = ones({2, 1}), y = column({1, 3});
  const auto [loss, error] = model.evaluate(x, y, {.verbose = 0});
  CHECK(loss == Approx(2));
  CHECK(error == Approx(1));
  const auto [batch_loss, batch_error] = model.train_on_batch(x, y);
  CHECK(batch_loss == Approx(2));
  CHECK(batch_error == Approx(1));
  model.compile({.loss = "mse"});
  const auto take = [&] {
    const auto [a, b] = model.evaluate(x, y, {.verbose = 0});
    return a + b;
  };
  CHECK_THROWS_MATCHES(
      take(), ValueError,
      Message("there is 1 number (loss), 2 were asked for: write `const auto [loss] = model.evaluate<1>(x, y)`, or "
              ".numbers<1>() of what was returned, or read them by name: [\"loss\"]"));
}

TEST_CASE("steps of one's own are used by fit, evaluate and predict, and reset what they gather") {
  struct OwnImpl : ModelImpl {
    layers::Dense dense{1, {.use_bias = false, .kernel_initializer = "ones"}};
    double total = 0;
    Tensor call(const Tensor& x) { return dense(x); }
    Logs test_step(const Batch& batch) override {
      total += batch.x[0].sum().item();
      Logs logs;
      logs.set("total", total);
      return logs;
    }
    std::vector<Tensor> predict_step(const Batch& batch) override { return {dense(batch.x) + 1}; }
    void reset_metrics() override {
      ModelImpl::reset_metrics();
      total = 0;
    }
  };
  const Handle<OwnImpl> model;
  model.compile({.optimizer = still(), .loss = "mse"});
  const Tensor x = ones({4, 1});
  const History history = model.fit(x, x, {.epochs = 2, .verbose = 0, .validation_data = {x, {}}});
  CHECK(history["val_total"] == std::vector<double>{4, 4});
  CHECK(model.evaluate(x, {}, {.batch_size = 1, .verbose = 0})["total"] == 4);
  CHECK(model.predict(x, {.verbose = 0}).sum().item() == Approx(8));
}

TEST_CASE("a hand-written loop and fit train the same weights with the same optimizer") {
  const Sequential model = identity();
  const optimizers::Adam adam;
  model.compile({.optimizer = adam, .loss = "mse"});
  const Tensor x = ones({4, 1}), y = full({4, 1}, 3);
  model.fit(x, y, {.verbose = 0});
  const std::vector<Tensor> variables = model.trainable_variables();
  adam.apply(grad({mean(square(model(x) - y))}, variables), variables);
  model.fit(x, y, {.verbose = 0});
  CHECK(adam.iterations() == 3);
  const Sequential reference = identity();
  reference.compile({.optimizer = optimizers::Adam(), .loss = "mse"});
  reference.fit(x, y, {.epochs = 3, .verbose = 0});
  CHECK(array_equal(model.get_weights()[0], reference.get_weights()[0]));
}

TEST_CASE("compile leaves a metric its name, and calls two of one name apart") {
  Sequential model{layers::Dense(1, {.input_shape = {1}})};
  const metrics::MeanAbsoluteError error("distance"), other("distance");
  model.compile(
      {.loss = "mse", .metrics = {error, other}, .weighted_metrics = {metrics::MeanAbsoluteError("distance")}});
  const Tensor x = ones({2, 1});
  const auto scores = model.evaluate(x, x, {.verbose = 0});
  std::string names;
  for (const auto& [name, value] : scores) names += name + ' ';
  CHECK(names == "loss distance distance_1 weighted_distance ");
  CHECK(error.name() == "distance");
  CHECK(other.name() == "distance");
}

TEST_CASE("a layer without weights that came or went since compile is noticed") {
  for (const bool jit_compile : {false, true}) {
    const Sequential model{layers::Dense(2, {.input_shape = {1}, .name = "first"})};
    model.compile({.optimizer = "sgd", .loss = "mse", .jit_compile = jit_compile});
    const Tensor x = ones({2, 1}), y = ones({2, 2});
    model.train_on_batch(x, y);
    model.add(layers::ReLU({.name = "relu"}));
    CHECK_THROWS_WITH(model.train_on_batch(x, y),
                      Contains("layers were frozen, freed, added or removed after compile (" + model.name() +
                               "/relu); call compile again"));
    CHECK_THROWS_WITH(model.fit(x, y, {.verbose = 0}), Contains("/relu); call compile again"));
    model.compile({.optimizer = "sgd", .loss = "mse", .jit_compile = jit_compile});
    const Tensor below = full({2, 1}, -1e6);
    const double expected = model.test_on_batch(below, zeros({2, 2}))["loss"];
    CHECK(model.train_on_batch(below, zeros({2, 2}))["loss"] == expected);
    model.pop();
    CHECK_THROWS_WITH(model.fit(x, y, {.verbose = 0}), Contains("/relu); call compile again"));
  }
}
