#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Models of one's own, and what models notice of their layers after compile.

using namespace xtape;

namespace {

struct Trained {
  Sequential model{layers::Dense(4, {.input_shape = {2}, .name = "first"}), layers::Dense(1, {.name = "second"})};
  Tensor x = rand({64, 2}), y = x.sum(1, true);
  Trained() {
    model.compile({.optimizer = "adam", .loss = "mse"});
    model.fit(x, y, {.verbose = 0});
  }
  void fit() const { model.fit(x, y, {.verbose = 0}); }
};

}  // namespace

TEST_CASE("fit asks for compile where layers were frozen or freed after it") {
  const Trained it;
  const std::string name = it.model.name();
  const std::vector<Tensor> before = it.model.get_weights();
  it.model.layers()[0].set_trainable(false);
  CHECK_THROWS_WITH(it.fit(), name + ": fit: layers were frozen, freed, added or removed after compile (" + name +
                                  "/first/kernel, " + name + "/first/bias); call compile again");
  CHECK(array_equal(it.model.get_weights()[2], before[2]));
  it.model.compile({.optimizer = "adam", .loss = "mse"});
  it.fit();
  CHECK(array_equal(it.model.get_weights()[0], before[0]));
  CHECK_FALSE(array_equal(it.model.get_weights()[2], before[2]));
  it.model.layers()[0].set_trainable(true);
  CHECK_THROWS_WITH(it.fit(), Contains("call compile again"));
  it.model.compile({.optimizer = "adam", .loss = "mse"});
  it.fit();
  CHECK_FALSE(array_equal(it.model.get_weights()[0], before[0]));
}

TEST_CASE("an optimizer that was built for other variables is refused before anything changes") {
  const Trained it;
  const std::string name = it.model.name();
  it.model.layers()[0].set_trainable(false);
  it.model.compile({.optimizer = it.model.optimizer(), .loss = "mse"});
  struct Begins : callbacks::CallbackImpl {
    bool& begun;
    explicit Begins(bool& begun) : begun(begun) {}
    void on_train_begin() override { begun = true; }
  };
  bool begun = false;
  const int64_t iterations = it.model.optimizer().iterations();
  CHECK_THROWS_WITH(it.model.fit(it.x, it.y, {.verbose = 0, .callbacks = {Begins(begun)}}),
                    name +
                        ": fit: adam: the optimizer was built for 4 variables, and given 2; take a new optimizer "
                        "for them, and where layers of a model were frozen, freed, added or removed, compile it "
                        "with one");
  CHECK_FALSE(begun);
  CHECK(it.model.optimizer().iterations() == iterations);
  it.model.compile({.optimizer = "adam", .loss = "mse"});
  it.fit();
}

TEST_CASE("fit trains what a callback freed in the beginning") {
  struct Frees : callbacks::CallbackImpl {
    void on_train_begin() override { model().get_layer(0).set_trainable(true); }
  };
  const Sequential model{layers::Dense(3, {.input_shape = {2}}), layers::Dense(1)};
  model.get_layer(0).set_trainable(false);
  model.compile({.optimizer = "adam", .loss = "mse"});
  const Tensor before = model.get_weights()[0].clone(), x = rand({32, 2});
  model.fit(x, x.sum(1, true), {.verbose = 0, .callbacks = {Frees()}});
  CHECK_FALSE(array_equal(model.get_weights()[0], before));
}

TEST_CASE("fit ends with moving averages also where a callback froze weights") {
  struct Freezes : callbacks::CallbackImpl {
    bool& ended;
    explicit Freezes(bool& ended) : ended(ended) {}
    void on_epoch_begin(int64_t epoch) override {
      if (epoch == 1) model().get_layer(0).set_trainable(false);
    }
    void on_train_end(const callbacks::Logs&) override { ended = true; }
  };
  const Sequential model{layers::Dense(3, {.input_shape = {2}}), layers::Dense(1)};
  const optimizers::Adam adam({.use_ema = true});
  model.compile({.optimizer = adam, .loss = "mse"});
  bool ended = false;
  const Tensor x = rand({32, 2});
  const callbacks::History history =
      model.fit(x, x.sum(1, true), {.epochs = 3, .verbose = 0, .callbacks = {Freezes(ended)}});
  CHECK(history["loss"].size() == 3);
  CHECK(ended);
  const std::vector<Tensor> weights = model.get_weights();
  REQUIRE(adam.averages().size() == weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) CHECK(array_equal(weights[i], adam.averages()[i]));
}

TEST_CASE("a model frozen between compile and its first fit is refused too") {
  Sequential model{layers::Dense(4, {.input_shape = {2}}), layers::Dense(1)};
  model.compile({.loss = "mse"});
  model.layers()[0].set_trainable(false);
  CHECK_THROWS_WITH(model.fit(ones({4, 2}), ones({4, 1}), {.verbose = 0}), Contains("call compile again"));
  // One without weights has nothing to compare with.
  Sequential late{layers::Dense(4), layers::Dense(1)};
  late.compile({.loss = "mse"});
  late.layers()[0].set_trainable(false);
  late.fit(ones({4, 2}), ones({4, 1}), {.verbose = 0});
  CHECK(late.trainable_variables().size() == 2);
}

TEST_CASE("fit asks for compile where layers came or went") {
  const Trained it;
  it.model.add(layers::Dense(1, {.name = "third"}));
  CHECK_THROWS_WITH(it.fit(), Contains("/third/kernel, ") && Contains("call compile again"));
  it.model.pop();
  it.fit();
  it.model.pop();
  CHECK_THROWS_WITH(it.fit(), Contains("/second/kernel"));
}

TEST_CASE("a model may train in a step of its own, without `call` and without a loss") {
  struct MeanImpl : ModelImpl {
    layers::Dense estimate{1, {.use_bias = false, .kernel_initializer = "zeros"}};
    callbacks::Logs train_step(const Batch& batch) override {
      const auto& [x, y, sample_weight] = batch;
      const Tensor error = mean(square(estimate(x, {.training = true}) - y));
      const std::vector<Tensor> variables = handle().trainable_variables();
      optimizer().apply(grad({error}, variables), variables);
      callbacks::Logs logs;
      logs.set("error", error.item());
      return logs;
    }
  };
  const Handle<MeanImpl> model;
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.5})});
  model->estimate.build({-1, 1});
  const History history = model.fit(ones({8, 1}), full({8, 1}, 3), {.batch_size = 8, .epochs = 3, .verbose = 0});
  CHECK(history["error"][0] == Approx(9));
  CHECK(history["error"][1] == Approx(0).margin(1e-6));
  CHECK(model.optimizer().iterations() == 3);
  CHECK_THROWS_WITH(
      model.evaluate(ones({8, 1}), ones({8, 1}), {.verbose = 0}),
      Contains("the layer has no `call`; a model that has a train_step and no `call` overrides test_step too"));
}

TEST_CASE("a step of one's own that goes on with the default one trains a model that is not built") {
  struct PlainImpl : ModelImpl {
    layers::Dense dense{1};
    metrics::Sum rows{"rows"};
    Tensor call(const Tensor& x) {
      rows.update_state(ones({x.shape(0)}));
      return dense(x);
    }
  };
  struct OwnImpl : PlainImpl {
    callbacks::Logs train_step(const Batch& batch) override { return ModelImpl::train_step(batch); }
  };
  const auto trained = [](const auto& model) {
    set_random_seed(1);
    model.compile({.optimizer = "adam", .loss = "mse"});
    const Tensor x = randn({10, 3});
    const History history =
        model.fit(x, x.sum(1, true), {.batch_size = 4, .epochs = 2, .verbose = 0, .shuffle = false});
    return std::pair(history["loss"], history["rows"]);
  };
  CHECK(trained(Handle<OwnImpl>()) == trained(Handle<PlainImpl>()));
  CHECK(trained(Handle<OwnImpl>()).second == std::vector<double>{10, 10});
  set_random_seed(1);
  const Handle<OwnImpl> model;
  model.compile({.optimizer = "adam", .loss = "mse"});
  CHECK(model.train_on_batch(randn({4, 3}), randn({4, 1}))["rows"] == 4);
}

TEST_CASE("a step of one's own finds the penalties of the weights, and their constraints hold after it") {
  struct BoundImpl : ModelImpl {
    layers::Dense dense{1,
                        {.use_bias = false,
                         .kernel_initializer = "ones",
                         .kernel_regularizer = regularizers::L2(0.5),
                         .kernel_constraint = constraints::MaxNorm({.max_value = 0.5})}};
    Tensor call(const Tensor& x) { return dense(x); }
    callbacks::Logs train_step(const Batch& batch) override {
      const Tensor loss = compute_loss(batch.x, batch.y, handle()(batch.x, {.training = true}));
      const std::vector<Tensor> variables = handle().trainable_variables();
      optimizer().apply(grad(loss, variables), variables);
      callbacks::Logs logs;
      logs.set("loss", loss.item());
      return logs;
    }
  };
  const Handle<BoundImpl> model;
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .loss = "mse"});
  const Tensor x = tensor({{1.0}, {2.0}, {3.0}, {4.0}});
  CHECK(model.fit(x, x, {.verbose = 0})["loss"] == std::vector<double>{0.5});
  const Tensor kernel = model.trainable_variables()[0];
  CHECK(kernel.item() == Approx(0.5));
  const double loss = 0.25 * 7.5 + 0.5 * 0.25;
  CHECK(model.fit(x, x, {.verbose = 0, .validation_data = {x, x}})["loss"][0] == Approx(loss));
  CHECK(model.history()["val_loss"][0] == Approx(loss));
  CHECK(model.impl().compute_loss(x, x, model(x)).item() == Approx(loss));
  model.set_weights({full({1, 1}, -2)});
  CHECK(model.train_on_batch(x, x)["loss"] == Approx(9 * 7.5 + 0.5 * 4));
  CHECK(kernel.item() == Approx(-0.5));
}

TEST_CASE("steps of one's own gather the losses of the outputs, as the default ones do") {
  struct OwnImpl : FunctionalImpl {
    using FunctionalImpl::FunctionalImpl;
    callbacks::Logs train_step(const Batch& batch) override {
      const std::vector<Tensor> y_pred = outputs_for(batch.x, true);
      gather(compute_loss(batch.x, batch.y, y_pred, batch.sample_weight), batch.x[0].shape(0));
      return compute_metrics(batch.x, batch.y, y_pred, batch.sample_weight);
    }
    callbacks::Logs test_step(const Batch& batch) override {
      const std::vector<Tensor> y_pred = outputs_for(batch.x, false);
      gather(compute_loss(batch.x, batch.y, y_pred, batch.sample_weight), batch.x[0].shape(0));
      return get_metrics_result();
    }
    void gather(const Tensor& loss, int64_t samples) { metrics()[0].update_state(loss, {}, full({}, samples)); }
  };
  const Symbol x = Input({2});
  const layers::Dense a(1, {.name = "a"}), b(2, {.name = "b"});
  const Model usual(x, {a(x), b(x)});
  const Handle<OwnImpl> own(x, std::vector<Symbol>{a(x), b(x)});
  const Tensor data = rand({5, 2});
  const std::vector<Tensor> y{rand({5, 1}), rand({5, 2})};
  const auto compile = [](const Model& model) {
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .loss = "mse", .loss_weights = {1.0, 3.0}});
  };
  compile(usual);
  compile(own);
  const models::FitOptions options{
      .batch_size = 2, .epochs = 2, .verbose = 0, .validation_data = {data * 2, y}, .shuffle = false};
  const History expected = usual.fit(data, y, options), history = own.fit(data, y, options);
  CHECK(history.history.size() == expected.history.size());
  for (const auto& [name, figures] : expected.history) {
    INFO(name);
    REQUIRE(history.contains(name));
    for (std::size_t i = 0; i < figures.size(); ++i) CHECK(history[name][i] == Approx(figures[i]));
  }
}

TEST_CASE("each call of compute_loss in a step counts") {
  struct TwiceImpl : FunctionalImpl {
    using FunctionalImpl::FunctionalImpl;
    callbacks::Logs train_step(const Batch& batch) override {
      const auto& [x, y, sample_weight] = batch;
      compute_loss(x, y, outputs_for(x, true));
      const std::vector<Tensor> few = outputs_for(x[0].slice(0, {0, 1}), true);
      compute_loss(x, {y[0].slice(0, {0, 1}) + 3, y[1].slice(0, {0, 1}) + 5}, few);
      return get_metrics_result();
    }
  };
  struct TwoLossesImpl : FunctionalImpl {
    using FunctionalImpl::FunctionalImpl;
    Tensor compute_loss(const Data& x, const Data& y, const Data& y_pred, const Data& sample_weight) override {
      return ModelImpl::compute_loss(x, y, y_pred, sample_weight) +
             ModelImpl::compute_loss(x, {y[0] + 3, y[1] + 5}, y_pred, sample_weight);
    }
  };
  const Symbol x = Input({1});
  const std::vector<Symbol> outputs{layers::Dense(1, {.kernel_initializer = "zeros", .name = "a"})(x),
                                    layers::Dense(1, {.kernel_initializer = "zeros", .name = "b"})(x)};
  const Tensor data = ones({4, 1}), y = zeros({4, 1});
  const auto losses_of = [&](const Model& model, bool captured) {
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .loss = "mae", .jit_compile = captured});
    const History history = model.fit(data, {y, y}, {.batch_size = 2, .epochs = 2, .verbose = 0});
    return std::vector<double>{history["a_loss"][1], history["b_loss"][1]};
  };
  // Two samples of loss 0 and one of 3, or 5, in each step.
  CHECK(losses_of(Handle<TwiceImpl>(x, outputs), false) == std::vector<double>{1, 5.0 / 3});
  const Handle<TwoLossesImpl> both(x, outputs);
  for (const bool captured : {false, true}) {
    CHECK(losses_of(both, captured) == std::vector<double>{1.5, 2.5});
    CHECK(both.evaluate(data, {y, y}, {.verbose = 0})["b_loss"] == 2.5);
  }
}

TEST_CASE("constraints hold after a step of one's own that goes on with the default one in between") {
  struct BoundImpl : ModelImpl {
    layers::Dense dense{3, {.kernel_constraint = "non_neg"}}, plain{1, {.kernel_constraint = constraints::MaxNorm()}};
    optimizers::SGD second{{.learning_rate = 0.5}};
    int kind = 0, steps = 0;
    Tensor call(const Tensor& x) { return plain(dense(x)); }
    callbacks::Logs train_step(const Batch& batch) override {
      callbacks::Logs logs;
      const std::vector<Tensor> kernel{handle().trainable_variables()[0]};
      if (kind < 2 || steps++ == 0) logs = ModelImpl::train_step(batch);
      if (kind == 1) second.apply(grad(sum(kernel[0]), kernel), kernel);
      const NoGrad no_grad;
      if (kind == 2) kernel[0].assign(kernel[0] - 1);
      logs.set("loss", 0);
      return logs;
    }
  };
  const Tensor x = randn({12, 4}), y = randn({12, 1});
  const auto trained = [&](int kind, bool in_fit) {
    set_random_seed(4);
    const Handle<BoundImpl> model;
    model.build({-1, 4});
    model->kind = kind;
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse"});
    if (in_fit) {
      model.fit(x, y, {.batch_size = 4, .verbose = 0, .shuffle = false});
    } else {
      for (int i = 0; i < 3; ++i) model.train_on_batch(x.slice(0, {i * 4, i * 4 + 4}), y.slice(0, {i * 4, i * 4 + 4}));
    }
    return model.get_weights();
  };
  for (const bool in_fit : {true, false}) {
    for (int kind = 0; kind < 3; ++kind) {
      INFO(kind << ' ' << in_fit);
      CHECK(min(trained(kind, in_fit)[0]).item() >= 0);
    }
    // What the optimizer left is left as it is.
    struct DefaultImpl : ModelImpl {
      layers::Dense dense{3, {.kernel_constraint = "non_neg"}}, plain{1, {.kernel_constraint = constraints::MaxNorm()}};
      Tensor call(const Tensor& x) { return plain(dense(x)); }
    };
    set_random_seed(4);
    const Handle<DefaultImpl> model;
    model.build({-1, 4});
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse"});
    model.fit(x, y, {.batch_size = 4, .verbose = 0, .shuffle = false});
    const std::vector<Tensor> weights = trained(0, in_fit), expected = model.get_weights();
    for (std::size_t i = 0; i < weights.size(); ++i) CHECK(array_equal(weights[i], expected[i]));
  }
}

TEST_CASE("an optimizer keeps nothing of a model that it never trained") {
  const auto make = [](const char* constraint) {
    const layers::DenseOptions options{.kernel_constraint = constraint ? constraints::Constraint(constraint) : nullptr,
                                       .input_shape = Shape{4}};
    return Sequential{layers::Dense(3, options), layers::Dense(1)};
  };
  const Tensor x = ones({8, 4}), y = full({8, 1}, -100);
  struct Stop : callbacks::CallbackImpl {
    void on_train_begin() override { model().set_stop_training(true); }
  };
  const optimizers::SGD optimizer({.learning_rate = 0.01});
  const Sequential bound = make("non_neg"), free = make(nullptr);
  bound.compile({.optimizer = optimizer, .loss = "mae"});
  bound.fit(x, y, {.verbose = 0, .callbacks = {Stop()}});
  CHECK_FALSE(optimizer.built());
  free.set_weights({full({4, 3}, -1), zeros({3}), ones({3, 1}), zeros({1})});
  free.compile({.optimizer = optimizer, .loss = "mae"});
  free.fit(x, y, {.verbose = 0});
  CHECK(max(free.get_weights()[0]).item() < 0);
  // Nor of one that it refuses.
  CHECK_THROWS_WITH(bound.fit(x, y, {.verbose = 0}),
                    Contains("the variables are not those that the optimizer was built for"));
  free.fit(x, y, {.verbose = 0});
  CHECK(max(free.get_weights()[0]).item() < 0);
}

TEST_CASE("compute_loss may be a model's own, and is used by fit and evaluate") {
  struct DoubledImpl : ModelImpl {
    layers::Dense dense{1, {.use_bias = false, .kernel_initializer = "zeros"}};
    Tensor call(const Tensor& x) { return dense(x); }
    Tensor compute_loss(const Data& x, const Data& y, const Data& y_pred, const Data& sample_weight) override {
      return ModelImpl::compute_loss(x, y, y_pred, sample_weight) * 2;
    }
  };
  const Handle<DoubledImpl> model;
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .loss = "mse"});
  CHECK(model.fit(ones({4, 1}), full({4, 1}, 2), {.verbose = 0})["loss"][0] == Approx(8));
  CHECK(model.evaluate(ones({4, 1}), full({4, 1}, 2), {.verbose = 0})["loss"] == Approx(8));
}

TEST_CASE("a model with a compute_loss of its own needs no other loss") {
  struct PlainImpl : ModelImpl {
    layers::Dense dense{1, {.use_bias = false, .kernel_initializer = "zeros"}};
    Tensor call(const Tensor& x) { return dense(x); }
    Tensor compute_loss(const Data&, const Data& y, const Data& y_pred, const Data&) override {
      return mean(square(y - y_pred)) + 1;
    }
  };
  const Handle<PlainImpl> model;
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .metrics = {"mae"}});
  const History history = model.fit(ones({4, 1}), full({4, 1}, 2), {.verbose = 0});
  CHECK(history["loss"][0] == Approx(5));
  CHECK(history["mae"][0] == Approx(2));
}

TEST_CASE("copies of a model are one model") {
  const Trained it;
  const Model base = it.model;
  const Sequential copy = it.model;
  CHECK(base.compiled());
  CHECK(&base.optimizer() == &copy.optimizer());
  base.set_stop_training(true);
  CHECK(copy.stop_training());
  it.fit();
  CHECK(array_equal(base.predict(it.x, {.verbose = 0}), copy.predict(it.x, {.verbose = 0})));
}

TEST_CASE("an optimizer that is given to compile is the one that trains") {
  Sequential model{layers::Dense(1, {.input_shape = {2}})};
  const optimizers::Adam adam;
  const metrics::MeanAbsoluteError error;
  model.compile({.optimizer = adam, .loss = "mse", .metrics = error});
  model.fit(ones({4, 2}), ones({4, 1}), {.verbose = 0});
  CHECK(adam.iterations() == 1);
  CHECK(model.optimizer() == adam);
  CHECK(error.result() > 0);
}

TEST_CASE("losses and metrics may be functions, and one metric needs no list") {
  Sequential model{layers::Dense(1, {.kernel_initializer = "ones", .input_shape = {2}})};
  const auto furthest = [](const Tensor& y_true, const Tensor& y_pred) { return max(abs(y_true - y_pred), -1); };
  model.compile({.loss = furthest, .metrics = furthest});
  const callbacks::Logs logs = model.evaluate(ones({4, 2}), ones({4, 1}), {.verbose = 0});
  CHECK(logs["loss"] == 1);
  CHECK(logs["custom"] == 1);
  model.compile({.loss = "mse", .metrics = "mae"});
  CHECK(model.evaluate(ones({4, 2}), ones({4, 1}), {.verbose = 0})["mae"] == 1);
}
