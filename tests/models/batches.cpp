#include <iostream>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/captured_text.hpp"

// Data that come in batches, from ranges and functions, train as tensors do.

using namespace xtape;
using models::Batch;

namespace {

constexpr int64_t batch_size = 8, samples = 20;

struct Samples {
  Tensor x = rand({samples, 3}), y = randint(0, 2, {samples, 1}).astype(float32), weight = rand({samples});

  std::vector<Batch> batches() const {
    std::vector<Batch> result;
    for (int64_t begin = 0; begin < samples; begin += batch_size) {
      const Slice range{begin, std::min(begin + batch_size, samples)};
      result.push_back({x.slice(0, range), y.slice(0, range), weight.slice(0, range)});
    }
    return result;
  }
};

// What a training leaves.
struct Outcome {
  std::vector<std::vector<double>> history;
  std::vector<Tensor> weights;
};

template <class Fit>
Outcome trained(const Fit& fit) {
  set_random_seed(3);
  const Sequential model{layers::Dense(4, {.activation = "relu", .input_shape = {3}}), layers::Dropout(0.2),
                         layers::Dense(1, {.activation = "sigmoid"})};
  model.compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
  const History history = fit(model);
  Outcome outcome;
  for (const char* name : {"loss", "accuracy", "val_loss", "val_accuracy"}) {
    if (history.contains(name)) outcome.history.push_back(history[name]);
  }
  outcome.weights = model.get_weights();
  return outcome;
}

void check_equal(const Outcome& a, const Outcome& b) {
  CHECK(a.history == b.history);
  REQUIRE(a.weights.size() == b.weights.size());
  for (std::size_t i = 0; i < a.weights.size(); ++i) CHECK(array_equal(a.weights[i], b.weights[i]));
}

// Gives the batches of a list one after the other, and nothing between two passes.
class Generator {
 public:
  explicit Generator(std::vector<Batch> batches) : batches_(std::move(batches)) {}
  std::optional<Batch> operator()() {
    if (next_ == batches_.size()) {
      next_ = 0;
      return std::nullopt;
    }
    return batches_[next_++];
  }

 private:
  std::vector<Batch> batches_;
  std::size_t next_ = 0;
};

}  // namespace

TEST_CASE("a training on batches is that on tensors, bit for bit") {
  const Samples data;
  const std::vector<Batch> batches = data.batches();
  const Outcome expected = trained([&](const Model& model) {
    return model.fit(data.x, data.y,
                     {.batch_size = batch_size,
                      .epochs = 3,
                      .verbose = 0,
                      .validation_data = {data.x, data.y, data.weight},
                      .shuffle = false,
                      .sample_weight = data.weight});
  });
  const auto check = [&](const auto& source, const auto& validation) {
    check_equal(trained([&](const Model& model) {
                  return model.fit(source, {.epochs = 3, .verbose = 0, .validation_data = validation});
                }),
                expected);
  };
  check(batches, batches);
  check(std::list<Batch>(batches.begin(), batches.end()), std::span(batches).first(3));
  std::vector<std::tuple<Tensor, Tensor, Tensor>> tuples;
  for (const Batch& batch : batches) tuples.emplace_back(batch.x, batch.y, batch.sample_weight);
  check(tuples, Generator(batches));
  check(Generator(batches), [&] { return batches; });
  check([&] { return Generator(batches); }, tuples);
}

TEST_CASE("steps_per_epoch goes on where the epoch before has stopped") {
  const Samples data;
  const auto seen = [&](auto source, int64_t steps, int64_t epochs) {
    struct StepsImpl : ModelImpl {
      layers::Dense dense{1, {.input_shape = {3}}};
      std::string text;
      callbacks::Logs train_step(const Batch& batch) override {
        text += std::to_string(static_cast<int>(batch.x[0].item<float>()));
        return {};
      }
    };
    const Handle<StepsImpl> model;
    model->dense.build({-1, 3});
    model.compile({});
    struct Ends : CallbackImpl {
      explicit Ends(std::string& text) : text(text) {}
      void on_epoch_end(int64_t, callbacks::Logs&) override { text += ' '; }
      std::string& text;
    };
    models::FitOptions options{.batch_size = 1,
                               .epochs = epochs,
                               .verbose = 0,
                               .callbacks = {Ends(model->text)},
                               .shuffle = false,
                               .steps_per_epoch = steps};
    if constexpr (std::is_same_v<decltype(source), Tensor>) {
      model.fit(source, {}, options);
    } else {
      model.fit(source, options);
    }
    return model->text;
  };
  const test::CapturedText errors(std::cerr);
  const Tensor numbers = arange(5).astype(float32).reshape({5, 1});
  std::vector<Batch> batches;
  for (int64_t i = 0; i < 5; ++i) batches.push_back({numbers.slice(0, {i, i + 1})});
  for (const std::string& text : {seen(numbers, 2, 4), seen(batches, 2, 4), seen(Generator(batches), 2, 4)}) {
    CHECK(text == "01 23 4 01 ");
  }
  CHECK_THAT(errors.text(), Contains("fit: the data ran out after 1 of 2 steps, and the epoch ends"));
  // Nothing is missing where an epoch ends with the data.
  for (const std::string& text : {seen(numbers, 5, 2), seen(batches, 5, 2), seen(Generator(batches), 5, 2)}) {
    CHECK(text == "01234 01234 ");
  }
}

TEST_CASE("a generator without an end trains for steps_per_epoch, and one with an end ends the training") {
  const Samples data;
  const Sequential model{layers::Dense(1, {.input_shape = {3}})};
  model.compile({.loss = "mse"});
  int64_t given = 0;
  const auto endless = [&]() -> std::optional<std::pair<Tensor, Tensor>> {
    ++given;
    return std::pair(data.x, data.y);
  };
  CHECK(model.fit(endless, {.epochs = 3, .verbose = 0, .steps_per_epoch = 4})["loss"].size() == 3);
  CHECK(given == 12);
  const test::CapturedText errors(std::cerr);
  const auto once = [left = 2, &data]() mutable -> std::optional<Batch> {
    if (left-- <= 0) return std::nullopt;
    return Batch{data.x, data.y};
  };
  CHECK(model.fit(once, {.epochs = 3, .verbose = 0})["loss"].size() == 1);
  CHECK_THAT(errors.text(), Contains("fit: the data ran out, and training ends before epoch 2"));
  CHECK_THROWS_MATCHES(model.fit(std::vector<Batch>()), ValueError,
                       Message(model.name() + ": fit: there are no batches"));
}

TEST_CASE("validation data that end leave later epochs without a validation") {
  const Samples data;
  const Sequential model{layers::Dense(1, {.input_shape = {3}})};
  model.compile({.loss = "mse"});
  const test::CapturedText errors(std::cerr);
  const auto once = [left = 1, &data]() mutable -> std::optional<Batch> {
    if (left-- <= 0) return std::nullopt;
    return Batch{data.x, data.y};
  };
  const History history = model.fit(data.x, data.y, {.epochs = 3, .verbose = 0, .validation_data = once});
  CHECK(history["loss"].size() == 3);
  CHECK(history["val_loss"].size() == 1);
  CHECK_THAT(errors.text(), Contains("fit: validation_data: there are no batches any more\n"));
}

TEST_CASE("a length that is not known is shown so, and known from the second epoch on") {
  const Samples data;
  const Sequential model{layers::Dense(1, {.input_shape = {3}})};
  model.compile({.loss = "mse"});
  const test::CapturedText output(std::cout);
  model.fit(Generator(data.batches()), {.epochs = 2, .verbose = 2});
  CHECK_THAT(output.text(), Contains("Epoch 1/2\n3/3 - 0s - ") && Contains("Epoch 2/2\n3/3 - 0s - "));
  std::ostringstream terminal;
  utils::Progbar bar(std::nullopt, {.interval = 0, .stream = &terminal, .dynamic_display = true});
  callbacks::Logs logs;
  logs.set("loss", 0.5);
  bar.update(12, logs);
  CHECK_THAT(terminal.str(), Contains("\r     12/Unknown \x1b[1m0s\x1b[0m ") && Contains("/step - loss: 0.5000"));
  bar.set_target(12);
  bar.update(12, logs, true);
  CHECK_THAT(terminal.str(), Contains("12/12"));
  struct Steps : CallbackImpl {
    void on_train_begin() override { CHECK_FALSE(params().steps); }
    void on_test_begin() override { CHECK(params().steps == 3); }
  };
  model.fit(Generator(data.batches()), {.verbose = 0, .callbacks = {Steps()}});
  model.evaluate(data.batches(), {.verbose = 0, .callbacks = {Steps()}});
}

TEST_CASE("evaluate and predict take batches") {
  const Samples data;
  const std::vector<Batch> batches = data.batches();
  const Sequential model{layers::Dense(2, {.input_shape = {3}}), layers::Dense(1)};
  model.compile({.loss = "mse", .metrics = {"mae"}, .weighted_metrics = {"mse"}});
  const auto expected =
      model.evaluate<3>(data.x, data.y, {.batch_size = batch_size, .verbose = 0, .sample_weight = data.weight});
  CHECK(model.evaluate<3>(batches, {.verbose = 0}) == expected);
  CHECK(model.evaluate<3>(Generator(batches), {.verbose = 0}) == expected);
  const Tensor predicted = model.predict(data.x, {.verbose = 0});
  CHECK(allclose(model.predict(batches, {.verbose = 0}), predicted, 1e-6, 1e-7));
  const auto x_alone = [&, i = std::size_t(0)]() mutable -> std::optional<Tensor> {
    return i == batches.size() ? std::nullopt : std::optional<Tensor>(batches[i++].x);
  };
  CHECK(array_equal(model.predict(x_alone, {.verbose = 0}), model.predict(batches, {.verbose = 0})));
  CHECK(model.predict(batches, {.verbose = 0, .steps = 2}).shape() == Shape{2 * batch_size, 1});
  CHECK(model.predict(data.x, {.batch_size = batch_size, .verbose = 0, .steps = 2}).shape() ==
        Shape{2 * batch_size, 1});
  CHECK(model.evaluate(batches, {.verbose = 0, .steps = 1})["loss"] ==
        model.evaluate(batches[0].x, batches[0].y, {.verbose = 0, .sample_weight = batches[0].sample_weight})["loss"]);
}

TEST_CASE("class weights are those of each batch") {
  const Samples data;
  std::vector<std::pair<Tensor, Tensor>> batches;
  for (const Batch& batch : data.batches()) batches.emplace_back(batch.x, batch.y);
  const auto fit = [&](const auto&... source) {
    return trained([&](const Model& model) {
      return model.fit(source...,
                       {.batch_size = batch_size, .verbose = 0, .shuffle = false, .class_weight = {{0, 3}, {1, 0.5}}});
    });
  };
  check_equal(fit(data.x, data.y), fit(batches));
}

TEST_CASE("errors of a batch say which one it is") {
  const Samples data;
  const Sequential model({layers::Dense(3, {.activation = "softmax", .input_shape = {3}})}, {.name = "m"});
  model.compile({.loss = "sparse_categorical_crossentropy"});
  std::vector<Batch> batches;
  for (int i = 0; i < 3; ++i) batches.push_back({data.x, full({samples}, i == 2 ? 7 : 1, int64)});
  CHECK_THROWS_MATCHES(
      model.fit(batches, {.verbose = 0}), IndexError,
      Message("m: fit: batch 2: sparse_categorical_crossentropy: label 7 at position 0 is outside [0, 3)"));
  CHECK_THROWS_WITH(model.evaluate(batches, {.verbose = 0}), Contains("m: evaluate: batch 2: "));
  CHECK_THROWS_WITH(model.fit(data.x, zeros({samples}, int64), {.verbose = 0, .validation_data = batches}),
                    Contains("m: fit: validation_data: batch 2: "));
  batches[0].y = full({samples}, 9, int64);
  CHECK_THROWS_WITH(model.fit(batches, {.verbose = 0}),
                    Contains("m: fit: batch 0: ") && Contains("label 9 at position 0"));
  batches[0] = {data.x, zeros({3}, int64)};
  CHECK_THROWS_WITH(model.fit(batches, {.verbose = 0}),
                    Contains("m: fit: batch 0: x and y have different lengths: x [20, 3], y [3]"));
  CHECK_THROWS_WITH(model.fit(batches, {.verbose = 0, .sample_weight = data.weight}),
                    Contains("batches bring their own sample_weight"));
  CHECK_THROWS_WITH(model.evaluate(batches, {.verbose = 0, .sample_weight = data.weight}),
                    Contains("batches bring their own sample_weight"));
  CHECK_THROWS_WITH(model.fit(batches, {.verbose = 0, .validation_split = 0.5}),
                    Contains("validation_split is for tensors"));
  CHECK_THROWS_WITH(model.predict(std::vector<Batch>(), {.verbose = 0}), Contains("predict: there are no batches"));
}
