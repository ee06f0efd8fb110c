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
  metrics::MeanAbsoluteError a_metric{{.name = "a_mae"}};
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
