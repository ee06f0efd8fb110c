#include <cmath>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Data that are given by the names of inputs and outputs, in steps of a model's own.

using namespace xtape;

namespace {

// Steps that go on with the default ones, or do the same.
struct OnwardImpl : FunctionalImpl {
  using FunctionalImpl::FunctionalImpl;
  callbacks::Logs train_step(const Batch& batch) override { return ModelImpl::train_step(batch); }
  callbacks::Logs test_step(const Batch& batch) override { return ModelImpl::test_step(batch); }
};

struct SpelledOutImpl : FunctionalImpl {
  using FunctionalImpl::FunctionalImpl;
  callbacks::Logs train_step(const Batch& batch) override {
    const std::vector<Tensor> y_pred = outputs_for(batch.x, true);
    const Tensor loss = compute_loss(batch.x, batch.y, y_pred, batch.sample_weight);
    const std::vector<Tensor> variables = handle().trainable_variables();
    optimizer().apply(grad(loss, variables), variables);
    metrics()[0].update_state(loss, {}, full({}, batch.x[0].shape(0)));
    return compute_metrics(batch.x, batch.y, y_pred, batch.sample_weight);
  }
};

// What its compute_loss finds in the place of the second output.
struct WatchingImpl : OnwardImpl {
  using OnwardImpl::OnwardImpl;
  std::vector<double> seen;
  Tensor compute_loss(const Data& x, const Data& y, const Data& y_pred, const Data& sample_weight) override {
    seen.push_back(y[1].slice(0, {0, 1}).item());
    return ModelImpl::compute_loss(x, y, y_pred, sample_weight);
  }
};

struct Lines {
  Tensor u = rand({10, 2}), v = rand({10, 2}), a = rand({10, 1}), b = rand({10, 1}) + 5, weight = rand({10}),
         small = rand({10}) * 0.01;
  template <class Kind>
  Kind make() const {
    utils::clear_session();
    set_random_seed(3);
    const Symbol left = Input({2}, {.name = "u"}), right = Input({2}, {.name = "v"});
    const Kind model(Symbols{left, right},
                     Symbols{layers::Dense(1, {.name = "a"})(left), layers::Dense(1, {.name = "b"})(right)});
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}),
                   .loss = {{"a", "mse"}, {"b", "mae"}},
                   .metrics = {{"a", {"mae"}}},
                   .weighted_metrics = {{"b", {"mse"}}}});
    return model;
  }
};

void check_same(const callbacks::Logs& logs, const callbacks::Logs& expected) {
  REQUIRE(logs.size() == expected.size());
  auto given = logs.begin();
  for (const auto& [name, figure] : expected) {
    INFO(name);
    CHECK(given->first == name);
    CHECK(given->second == Approx(figure));
    ++given;
  }
}

template <class Kind>
void trains_by_name(const Lines& lines) {
  const Tensor &u = lines.u, &v = lines.v, &a = lines.a, &b = lines.b, &weight = lines.weight, &small = lines.small;
  const auto trained = [](const auto& model, const models::Data& x, const models::Data& y,
                          const models::Data& sample_weight) {
    models::FitOptions options{.batch_size = 4, .verbose = 0, .validation_split = 0.3};
    options.sample_weight = sample_weight;
    set_random_seed(1);
    return model.fit(x, y, options);
  };
  const Model expected = lines.make<Model>();
  const History history = trained(expected, {u, v}, {a, b}, {weight, small});
  const models::Data x[] = {{u, v}, {{"v", v}, {"u", u}}}, y[] = {{a, b}, {{"b", b}, {"a", a}}},
                     w[] = {{weight, small}, {{"b", small}, {"a", weight}}};
  for (int form = 0; form < 8; ++form) {
    INFO(form);
    const Kind own = lines.make<Kind>();
    const History found = trained(own, x[form % 2], y[form / 2 % 2], w[form / 4]);
    for (const auto& [name, figures] : history.history) {
      INFO(name);
      REQUIRE(found.contains(name));
      CHECK(found[name][0] == Approx(figures[0]));
    }
    for (std::size_t i = 0; i < 4; ++i) CHECK(allclose(own.get_weights()[i], expected.get_weights()[i]));
    const models::EvaluateOptions options{.verbose = 0, .sample_weight = w[form / 4]};
    check_same(own.evaluate(x[form % 2], y[form / 2 % 2], options),
               expected.evaluate({u, v}, {a, b}, {.verbose = 0, .sample_weight = {weight, small}}));
    // One batch comes as it is given.
    lines.make<Kind>().train_on_batch(x[form % 2], y[form / 2 % 2], {.sample_weight = w[form / 4]});
  }
}

}  // namespace

TEST_CASE("Steps of one's own take data by name as the default ones do") {
  const Lines lines;
  const Tensor &u = lines.u, &v = lines.v, &a = lines.a, &b = lines.b, &small = lines.small;
  trains_by_name<Handle<OnwardImpl>>(lines);
  trains_by_name<Handle<SpelledOutImpl>>(lines);
  const models::Data x{{"v", v}, {"u", u}}, y{{"b", b}, {"a", a}};
  const auto watching = lines.make<Handle<WatchingImpl>>();
  watching.fit(x, y, {.batch_size = 5, .verbose = 0, .validation_data = {x, y}});
  CHECK(watching->seen.size() == 4);
  for (const double seen : watching->seen) CHECK(seen >= 5);
  // The weights of one output alone are no weights of all.
  const auto weighted = [&](const Model& model) {
    return model.fit(x, y, {.verbose = 0, .sample_weight = {{"b", small}}})["loss"][0];
  };
  CHECK(weighted(lines.make<Handle<SpelledOutImpl>>()) == Approx(weighted(lines.make<Model>())));
}

TEST_CASE("compute_loss and compute_metrics take what belongs to outputs by name, and refuse other names") {
  const Lines lines;
  const Tensor &u = lines.u, &v = lines.v, &a = lines.a, &b = lines.b, &weight = lines.weight, &small = lines.small;
  const auto model = lines.make<Handle<SpelledOutImpl>>();
  const std::vector<Tensor> y_pred = model->outputs_for({u, v}, false);
  CHECK(array_equal(model->outputs_for({{"v", v}, {"u", u}}, false)[0], y_pred[0]));
  const models::Data x{u, v}, y{{"b", b}, {"a", a}}, named{{"b", y_pred[1]}, {"a", y_pred[0]}},
      weights{{"b", small}, {"a", weight}};
  const double loss = model->compute_loss(x, {a, b}, y_pred, {weight, small}).item();
  CHECK(model->compute_loss(x, y, named, weights).item() == loss);
  CHECK(model->compute_loss(x, y, y_pred, {weight, small}).item() == loss);
  model.reset_metrics();
  const callbacks::Logs expected = model.compute_metrics(x, {a, b}, y_pred, {weight, small});
  model.reset_metrics();
  check_same(model.compute_metrics(x, y, named, weights), expected);
  const auto refused = [&](const std::string& text, const auto& call) { CHECK_THROWS_WITH(call(), Contains(text)); };
  refused("unknown output \"c\"", [&] { model->compute_loss(x, {{"c", b}, {"a", a}}, y_pred); });
  refused("y_pred: the output \"b\" is not given", [&] { model->compute_loss(x, y, {{"a", y_pred[0]}}); });
  refused("sample_weight: expected 2 tensors, one for each output, given 3", [&] {
    model->compute_metrics(x, y, y_pred, {weight, small, small});
  });
  refused("fit: unknown input \"w\"", [&] { model.fit({{"u", u}, {"w", v}}, y, {.verbose = 0}); });
  refused("fit: unknown output \"c\"", [&] { model.fit(x, {{"c", b}, {"a", a}}, {.verbose = 0}); });
  refused("x: the input \"v\" is not given", [&] { model.fit({{"u", u}}, y, {.verbose = 0}); });
  refused("y: there are no targets of the output \"b\"", [&] { model.fit(x, {{"a", a}}, {.verbose = 0}); });
  const Tensor infinite = full({10, 2}, INFINITY);
  refused("x of \"v\": inf", [&] { model.fit({{"v", infinite}, {"u", u}}, y, {.verbose = 0, .check_finite = true}); });
  CHECK_THROWS_WITH(y.with({a}), "with: the data have 2 names, given 1 tensors");
  CHECK(y.with({a, b}).names() == y.names());
}

TEST_CASE("Steps of one's own take targets for the outputs with a loss alone") {
  const Lines lines;
  const auto trained = [&](const Model& model) {
    model.compile({.optimizer = "sgd", .loss = {losses::Loss(nullptr), losses::Loss("mae")}});
    model.fit({lines.u, lines.v}, lines.b, {.verbose = 0, .shuffle = false});
    return model.evaluate({lines.u, lines.v}, lines.b, {.verbose = 0})["loss"];
  };
  CHECK(trained(lines.make<Handle<OnwardImpl>>()) == trained(lines.make<Model>()));
  const auto model = lines.make<Handle<SpelledOutImpl>>();
  model.compile({.loss = {losses::Loss(nullptr), losses::Loss("mae")}});
  const std::vector<Tensor> y_pred = model->outputs_for({lines.u, lines.v}, false);
  CHECK(model->compute_loss({}, lines.b, y_pred).item() == losses::MeanAbsoluteError()(lines.b, y_pred[1]).item());
}
