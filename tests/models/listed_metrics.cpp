#include <memory>
#include <sstream>
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

TEST_CASE("what compile is given in a constructor is no metric of the model that is constructed") {
  struct NetImpl : ModelImpl {
    Sequential body{layers::Dense(1, {.activation = "sigmoid", .kernel_initializer = "ones", .input_shape = {1}})};
    NetImpl() { body.compile({.loss = "bce", .metrics = {"accuracy"}, .weighted_metrics = {metrics::AUC()}}); }
    Tensor call(const Tensor& x) { return body(x); }
  };
  const Handle<NetImpl> net;
  CHECK(net.metrics().empty());
  const Tensor &x = data(), y = ones({4, 1});
  net->body.evaluate(x, zeros({4, 1}), {.verbose = 0});
  net.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .loss = "bce", .metrics = {"accuracy"}});
  CHECK(net.fit(x, y, {.batch_size = 2, .verbose = 0})["accuracy"] == std::vector<double>{1});
  CHECK(names_of(net.evaluate(x, y, {.verbose = 0})) == std::vector<std::string>{"loss", "accuracy"});
  CHECK(names_of(net->body.get_metrics_result()) == std::vector<std::string>{"accuracy", "auc", "loss"});
  CHECK(net->body.get_metrics_result()["accuracy"] == 0);

  // Its own, as long as nothing tells how many outputs there are.
  struct SelfImpl : ModelImpl {
    layers::Dense dense{1};
    metrics::Sum rows{"rows"};
    SelfImpl() { compile({.loss = "mse", .metrics = {"mae"}}); }
    Tensor call(const Tensor& x) { return dense(x); }
  };
  CHECK(names_of(Handle<SelfImpl>().metrics()) == std::vector<std::string>{"loss", "rows"});
}

TEST_CASE("figures of members are as exact as their state") {
  struct CountingImpl : ModelImpl {
    layers::Dense dense{1};
    metrics::Sum rows{"rows"};
    metrics::TruePositives found;
    Tensor call(const Tensor& x) { return dense(x); }
    Logs train_step(const Batch&) override {
      rows.update_state(tensor(16777217, float64));
      found.variables()[0].value.fill(16777219);
      return get_metrics_result();
    }
  };
  struct ListingImpl : CountingImpl {
    std::vector<metrics::Metric> metrics() override { return {rows, found}; }
  };
  const auto check = [](const Model& model) {
    model.compile({.loss = "mse"});
    const History history = model.fit(data(), data(), {.verbose = 0});
    CHECK(history["rows"] == std::vector<double>{16777217});
    CHECK(history["true_positives"] == std::vector<double>{16777219});
  };
  check(Handle<CountingImpl>());
  check(Handle<ListingImpl>());
  CHECK(metrics::R2Score().values().dtype() == float64);
  CHECK(metrics::F1Score().values().dtype() == float64);
  CHECK(metrics::Precision().values().dtype() == float64);
}

TEST_CASE("trials of layers leave their metrics as they are") {
  struct CountingImpl : layers::LayerImpl {
    metrics::Sum rows{"rows"};
    Tensor call(const Tensor& x) {
      rows.update_state(ones({x.shape(0)}));
      return x;
    }
  };
  using Counting = Handle<CountingImpl>;
  // With a metric that makes its state with its first batch.
  struct NetImpl : ModelImpl {
    Counting counting;
    layers::Dense dense{1};
    metrics::R2Score r2;
    Tensor call(const Tensor& x) {
      r2.update_state(x, x + 1);
      return dense(counting(x));
    }
  };
  struct Printing : CallbackImpl {
    void on_train_batch_end(int64_t, const Logs&) override {
      std::ostringstream table;
      model().summary(table);
      model().layers()[0].compute_output_shape({-1, 1});
      model().layers()[0](Input({1}));
    }
  };
  const Handle<NetImpl> net;
  net.compile({.optimizer = "sgd", .loss = "mse"});
  CHECK(net.fit(data(), data(), {.batch_size = 3, .epochs = 2, .verbose = 0, .callbacks = {Printing()}})["rows"] ==
        std::vector<double>{4, 4});
  CHECK(net->r2.variables()[0].value.item<double>() == 4);

  const Counting counting;
  counting.compute_output_shape({2, 3});
  counting(Input({3}));
  CHECK(counting->rows.result() == 0);
  counting(ones({5, 3}));
  counting.compute_output_shape({2, 3});
  counting(Input({3}));
  CHECK(counting->rows.result() == 5);
}

TEST_CASE("a step of one's own that goes on with the default one keeps what it gathered before") {
  // It has no variables.
  struct Counter : metrics::MetricImpl {
    double seen = 0;
    Counter() : MetricImpl("seen") {}
    void update_state(const Tensor& y_true, const Tensor&, const Tensor&) override {
      seen += static_cast<double>(y_true.shape(0));
    }
    double result() const override { return seen; }
    void reset_state() override { seen = 0; }
  };
  struct NetImpl : ModelImpl {
    metrics::Metric seen = Counter();
    metrics::Sum rows{"rows"};
    layers::Dense dense{1};
    Tensor call(const Tensor& x) { return dense(x); }
    Logs train_step(const Batch& batch) override {
      seen.update_state(batch.y, {});
      rows.update_state(ones({batch.x[0].shape(0)}));
      return ModelImpl::train_step(batch);
    }
  };
  const Handle<NetImpl> net;
  net.compile({.optimizer = "sgd", .loss = "mse"});
  const History history = net.fit(data(), data(), {.batch_size = 3, .epochs = 2, .verbose = 0});
  CHECK(history["seen"] == std::vector<double>{4, 4});
  CHECK(history["rows"] == std::vector<double>{4, 4});
}

TEST_CASE("an epoch logs what was gathered where its last step logged the same names") {
  struct NetImpl : ModelImpl {
    layers::Dense dense{1, {.use_bias = false, .kernel_initializer = "ones"}};
    metrics::Mean tracker{"loss"};
    std::vector<std::string> names{"loss"};
    Tensor call(const Tensor& x) { return dense(x); }
    std::vector<metrics::Metric> metrics() override { return {tracker}; }
    Logs gather(const Batch& batch) {
      const Tensor loss = mean(batch.x[0]);
      tracker.update_state(loss);
      Logs logs;
      for (const std::string& name : names) logs.set(name, loss.item());
      return logs;
    }
    Logs train_step(const Batch& batch) override { return gather(batch); }
    Logs test_step(const Batch& batch) override { return gather(batch); }
  };
  struct Seen : CallbackImpl {
    std::vector<double> batches;
    void on_train_batch_end(int64_t, const Logs& logs) override { batches.push_back(logs["loss"]); }
  };
  const Handle<NetImpl> net;
  net.compile({.optimizer = "sgd"});
  const auto seen = std::make_shared<Seen>();
  // Batches whose means are 1.5 and 3.5.
  CHECK(net.fit(data(), {}, {.batch_size = 2, .verbose = 0, .callbacks = {seen}, .shuffle = false})["loss"] ==
        std::vector<double>{2.5});
  CHECK(seen->batches == std::vector<double>{1.5, 3.5});
  CHECK(net.evaluate(data(), {}, {.batch_size = 2, .verbose = 0})["loss"] == 2.5);
  net->names.push_back("more");
  CHECK(net.fit(data(), {}, {.batch_size = 2, .verbose = 0, .shuffle = false})["loss"] == std::vector<double>{3.5});
  CHECK(net.evaluate(data(), {}, {.batch_size = 2, .verbose = 0})["loss"] == 3.5);
}
