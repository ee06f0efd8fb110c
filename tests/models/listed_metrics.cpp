#include <memory>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Models that list the metrics in which their steps gather figures.

using namespace xtape;
using callbacks::Logs;

namespace {

std::vector<std::string> names_of(const std::vector<metrics::Metric>& all) {
  std::vector<std::string> names;
  for (const metrics::Metric& metric : all) names.push_back(metric.name());
  return names;
}

std::vector<std::string> names_of(const Logs& logs) {
  std::vector<std::string> names;
  for (const auto& entry : logs) names.push_back(entry.first);
  return names;
}

// Keras's guide to steps of one's own: members gather the figures, and are listed.
struct TrackedImpl : ModelImpl {
  layers::Dense dense{1, {.use_bias = false, .kernel_initializer = "ones"}};
  metrics::Mean z_tracker{"z_loss"};
  metrics::MeanAbsoluteError a_metric{"a_mae"};
  losses::MeanSquaredError loss_fn;

  Tensor call(const Tensor& x) { return dense(x); }
  std::vector<metrics::Metric> metrics() override { return {z_tracker, a_metric}; }
  Logs gather(const Batch& batch, bool training) {
    const auto& [x, y, sample_weight] = batch;
    const Tensor y_pred = handle()(x, {.training = training});
    const Tensor loss = loss_fn(y, y_pred);
    if (training) {
      const std::vector<Tensor> variables = handle().trainable_variables();
      optimizer().apply(grad(loss, variables), variables);
    }
    z_tracker.update_state(loss);
    a_metric.update_state(y, y_pred);
    Logs logs;
    logs.set("z_loss", z_tracker.result());
    logs.set("a_mae", a_metric.result());
    return logs;
  }
  Logs train_step(const Batch& batch) override { return gather(batch, true); }
  Logs test_step(const Batch& batch) override { return gather(batch, false); }
};
using Tracked = Handle<TrackedImpl>;

Tracked tracked() {
  const Tracked model;
  model.build({-1, 1});
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30})});
  return model;
}

const Tensor& data() {
  static const Tensor x = tensor({1.0, 2.0, 3.0, 4.0}).astype(float32).reshape({4, 1});
  return x;
}

}  // namespace

TEST_CASE("listed metrics begin anew with each epoch, validation and evaluation") {
  const Tracked model = tracked();
  const Tensor &x = data(), y = x + 1;
  const History history = model.fit(x, y, {.batch_size = 2, .epochs = 3, .verbose = 0, .validation_data = {x, x + 3}});
  CHECK(history["z_loss"] == std::vector<double>{1, 1, 1});
  CHECK(history["val_z_loss"] == std::vector<double>{9, 9, 9});
  CHECK(history["val_a_mae"] == std::vector<double>{3, 3, 3});
  CHECK(names_of(model.train_on_batch(x, y)) == std::vector<std::string>{"z_loss", "a_mae"});
}

TEST_CASE("logs are in alphabetical order, and scores in that of the listed metrics") {
  struct Seen : CallbackImpl {
    std::vector<std::string> batch, epoch;
    void on_train_batch_end(int64_t, const Logs& logs) override { batch = names_of(logs); }
    void on_epoch_end(int64_t, Logs& logs) override { epoch = names_of(logs); }
  };
  const Tracked model = tracked();
  const Tensor& x = data();
  const auto seen = std::make_shared<Seen>();
  model.fit(x, x, {.verbose = 0, .callbacks = {seen}, .validation_data = {x, x}});
  CHECK(seen->batch == std::vector<std::string>{"a_mae", "z_loss"});
  CHECK(seen->epoch == std::vector<std::string>{"a_mae", "val_a_mae", "val_z_loss", "z_loss"});
  const auto [z_loss, a_mae] = model.evaluate(x, x + 2, {.verbose = 0});
  CHECK(z_loss == 4);
  CHECK(a_mae == 2);
  CHECK(names_of(model.get_metrics_result()) == std::vector<std::string>{"a_mae", "z_loss"});
  CHECK(names_of(model.metrics()) == std::vector<std::string>{"z_loss", "a_mae"});
}

TEST_CASE("metrics that are members of a model are reset without being listed, and logged") {
  struct CountingImpl : ModelImpl {
    layers::Dense dense{1, {.use_bias = false, .kernel_initializer = "ones"}};
    metrics::Sum rows{"rows"};
    std::vector<metrics::Metric> more;
    explicit CountingImpl(const metrics::Metric& given) {
      const metrics::Mean gone("gone");
      more.push_back(metrics::Mean("more"));
      more.push_back(given);
    }
    Tensor call(const Tensor& x) {
      rows.update_state(ones({x.shape(0)}));
      return dense(x);
    }
  };
  const metrics::Mean given("given");
  const Handle<CountingImpl> model(given);
  CHECK(names_of(model.metrics()) == std::vector<std::string>{"rows", "more"});
  model.build({-1, 1});
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .loss = "mse", .metrics = {"mae"}});
  const Tensor &x = data(), y = x + 2;
  const History history = model.fit(x, y, {.batch_size = 3, .epochs = 2, .verbose = 0});
  CHECK(names_of(model.metrics()) == std::vector<std::string>{"loss", "mae", "rows", "more"});
  CHECK(history["rows"] == std::vector<double>{4, 4});
  CHECK(history["mae"] == std::vector<double>{2, 2});
  CHECK(names_of(model.evaluate(x, y, {.verbose = 0})) == std::vector<std::string>{"loss", "mae", "rows", "more"});
  model->more.clear();
  CHECK(names_of(model.metrics()) == std::vector<std::string>{"loss", "mae", "rows"});
}

TEST_CASE("metrics that are members of layers are the model's, once each, but for those of models in it") {
  // As Keras's guide to training has it.
  struct LogisticEndpointImpl : layers::LayerImpl {
    losses::BinaryCrossentropy loss_fn{{.from_logits = true}};
    metrics::BinaryAccuracy accuracy_fn{{.name = "accuracy", .threshold = 0}};
    metrics::Sum rows{"rows"};
    Tensor call(const Tensor& targets, const Tensor& logits) {
      add_loss(loss_fn(targets, logits));
      accuracy_fn.update_state(targets, logits);
      rows.update_state(ones({targets.shape(0)}));
      return sigmoid(logits);
    }
  };
  const Handle<LogisticEndpointImpl> endpoint;
  const Symbol inputs = Input({1}, {.name = "inputs"}), targets = Input({1}, {.name = "targets"});
  const Symbol logits = layers::Dense(1, {.use_bias = false, .kernel_initializer = "ones"})(inputs);
  const Model model({inputs, targets}, {endpoint(targets, logits), endpoint(targets, logits * 2.0)});
  CHECK(names_of(model.metrics()) == std::vector<std::string>{"accuracy", "rows"});
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30})});
  CHECK(names_of(model.metrics()) == std::vector<std::string>{"loss", "accuracy", "rows"});
  struct Evaluating : CallbackImpl {
    models::Data all;
    explicit Evaluating(models::Data all) : all(std::move(all)) {}
    void on_train_batch_end(int64_t, const Logs&) override { model().evaluate(all, {}, {.verbose = 0}); }
  };
  const models::Data x{{"inputs", tensor({1, -1, 2, -2}).reshape({4, 1})},
                       {"targets", tensor({1, 1, 1, 0}).reshape({4, 1})}};
  const History history = model.fit(
      x, {}, {.batch_size = 3, .epochs = 2, .verbose = 0, .callbacks = {Evaluating(x)}, .validation_data = {x, {}}});
  CHECK(history["rows"] == std::vector<double>{8, 8});
  CHECK(history["val_rows"] == std::vector<double>{8, 8});
  CHECK(history["accuracy"] == std::vector<double>{0.75, 0.75});
  CHECK(names_of(model.evaluate(x, {}, {.verbose = 0})) == std::vector<std::string>{"loss", "accuracy", "rows"});

  struct AroundImpl : ModelImpl {
    Model inner;
    explicit AroundImpl(const Model& given) : inner(given) {}
    Tensor call(const std::vector<Tensor>& x) { return inner.call_all(x)[0]; }
  };
  CHECK(names_of(Handle<AroundImpl>(model).metrics()) == std::vector<std::string>{"accuracy", "rows"});
  struct CountingImpl : ModelImpl {
    metrics::Sum own{"own"};
    layers::Dense dense{1};
    Tensor call(const Tensor& x) { return dense(x); }
  };
  struct OuterImpl : ModelImpl {
    Handle<CountingImpl> inner;
    Tensor call(const Tensor& x) { return inner(x); }
  };
  CHECK(Handle<OuterImpl>().metrics().empty());
}

TEST_CASE("an evaluation within fit leaves listed metrics as they are") {
  struct Evaluating : CallbackImpl {
    void on_train_batch_end(int64_t, const Logs&) override { model().evaluate(data(), data() + 5, {.verbose = 0}); }
  };
  const Tensor &x = data(), y = x + 1;
  const History history = tracked().fit(x, y, {.batch_size = 2, .verbose = 0, .callbacks = {Evaluating()}});
  CHECK(history["z_loss"][0] == Approx(1));
  CHECK(history["a_mae"][0] == Approx(1));
}

TEST_CASE("a step of one's own gathers in what compile was given") {
  // Keras's guide: all of `metrics` are updated, the one called "loss" with the loss.
  struct CustomImpl : ModelImpl {
    layers::Dense dense{1, {.use_bias = false, .kernel_initializer = "ones"}};
    Tensor call(const Tensor& x) { return dense(x); }
    Logs train_step(const Batch& batch) override {
      const auto& [x, y, sample_weight] = batch;
      const Tensor y_pred = handle()(x, {.training = true});
      const Tensor loss = compute_loss(x, y, y_pred, sample_weight);
      const std::vector<Tensor> variables = handle().trainable_variables();
      optimizer().apply(grad(loss, variables), variables);
      Logs logs;
      for (const metrics::Metric& metric : metrics()) {
        if (metric.name() == "loss") {
          metric.update_state(loss, {});
        } else {
          metric.update_state(y, y_pred, sample_weight);
        }
        logs.set(metric.name(), metric.result());
      }
      return logs;
    }
  };
  const Handle<CustomImpl> model;
  model.build({-1, 1});
  CHECK(model.metrics().empty());
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .loss = "mse", .metrics = {"mae"}});
  const Tensor &x = data(), y = x + 2;
  const History history = model.fit(x, y, {.batch_size = 3, .epochs = 2, .verbose = 0});
  CHECK(history["loss"] == std::vector<double>{4, 4});
  CHECK(history["mae"] == std::vector<double>{2, 2});
  CHECK(names_of(model.metrics()) == std::vector<std::string>{"loss", "mae"});
}
