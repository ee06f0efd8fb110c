#include <array>
#include <memory>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Training, evaluation and prediction of models of several inputs and outputs.

using namespace xtape;

namespace {

// Two inputs, two outputs, and data for them.
struct Prices {
  Model model = make();
  Tensor title = rand({24, 4}), tags = rand({24, 3});
  Tensor price = sum(title, 1, true), kind = labels();

  static Tensor labels() {
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < 24; ++i) labels.push_back(i % 3);
    return tensor(labels);
  }
  static Model make() {
    const Symbol title = Input({4}, {.name = "title"}), tags = Input({3}, {.name = "tags"});
    const Symbol x = concatenate({layers::Dense(5, {.activation = "relu"})(title), layers::Dense(4)(tags)});
    return Model(
        {title, tags},
        {layers::Dense(1, {.name = "price"})(x), layers::Dense(3, {.activation = "softmax", .name = "kind"})(x)},
        {.name = "prices"});
  }
  void compile() const {
    model.compile({.optimizer = "sgd",
                   .loss = {{"price", "mse"}, {"kind", "sparse_categorical_crossentropy"}},
                   .loss_weights = {{"price", 0.5}, {"kind", 2}},
                   .metrics = {{"price", "mae"}, {"kind", {"accuracy", "sparse_categorical_crossentropy"}}}});
  }
  // What the model, compiled by hand, has as loss.
  double loss(const Tensor& weight = {}) const {
    const auto [p, k] = model.call<2>({title, tags});
    return 0.5 * losses::MeanSquaredError()(price, p, weight).item() +
           2 * losses::SparseCategoricalCrossentropy()(kind, k, weight).item();
  }
  template <class E, class Call>
  void refuses(const std::string& text, const Call& call) const {
    const std::vector<Tensor> before = model.get_weights();
    CHECK_THROWS_AS(call(), E);
    CHECK_THROWS_WITH(call(), Contains(text));
    const std::vector<Tensor> after = model.get_weights();
    for (std::size_t i = 0; i < after.size(); ++i) CHECK(array_equal(before[i], after[i]));
    CHECK(model.optimizer().iterations() == 0);
  }
};

std::vector<std::string> names_of(const callbacks::Logs& logs) {
  std::vector<std::string> names;
  for (const auto& [name, value] : logs) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("A model of several outputs is evaluated by the losses and metrics of each") {
  const Prices it;
  it.compile();
  const callbacks::Logs logs = it.model.evaluate({it.title, it.tags}, {it.price, it.kind}, {.verbose = 0});
  CHECK(names_of(logs) == std::vector<std::string>{"loss", "price_loss", "kind_loss", "kind_accuracy",
                                                   "kind_sparse_categorical_crossentropy", "price_mae"});
  const auto [p, k] = it.model.call<2>({it.title, it.tags});
  CHECK(logs["loss"] == Approx(it.loss()));
  CHECK(logs["price_loss"] == Approx(losses::MeanSquaredError()(it.price, p).item()));
  CHECK(logs["kind_loss"] == Approx(logs["kind_sparse_categorical_crossentropy"]));
  CHECK(logs["price_mae"] == Approx(mean(abs(it.price - p)).item()));
  CHECK(logs["kind_accuracy"] == Approx(mean((argmax(k, -1) == it.kind).astype(float32)).item()));
  // In batches, and by name in any order.
  const callbacks::Logs by_name =
      it.model.evaluate({{"tags", it.tags}, {"title", it.title}}, {{"kind", it.kind}, {"price", it.price}},
                        {.batch_size = 7, .verbose = 0});
  for (const auto& [name, value] : logs) CHECK(by_name[name] == Approx(value));
  const auto [loss, price_loss] = [&] {
    it.model.compile({.loss = {nullptr, "sparse_categorical_crossentropy"}, .metrics = {nullptr, "accuracy"}});
    return it.model.evaluate<2>({it.title, it.tags}, {{"kind", it.kind}}, {.verbose = 0});
  }();
  CHECK(loss == Approx(logs["kind_loss"]));
  CHECK(price_loss == Approx(logs["kind_accuracy"]));
  CHECK_THROWS_WITH(it.model.evaluate<3>({it.title, it.tags}, {{"kind", it.kind}}, {.verbose = 0}),
                    Contains("there are 2 numbers (loss, kind_accuracy), 3 were asked for: write `const auto [loss, "
                             "kind_accuracy] = model.evaluate<2>(x, y)`"));
}

TEST_CASE("A model of several outputs trains as a loop of one's own") {
  const Prices it;
  const Model twin = models::clone_model(it.model);
  twin.set_weights(it.model.get_weights());
  it.compile();
  const History history = it.model.fit({it.title, it.tags}, {it.price, it.kind},
                                       {.batch_size = 8, .epochs = 2, .verbose = 0, .shuffle = false});
  const optimizers::Optimizer sgd = "sgd";
  std::vector<double> means;
  for (int epoch = 0; epoch < 2; ++epoch) {
    double total = 0;
    for (int64_t begin = 0; begin < 24; begin += 8) {
      const Slice batch{begin, begin + 8};
      const auto [p, k] = twin.call<2>({it.title.slice(0, batch), it.tags.slice(0, batch)}, {.training = true});
      const Tensor loss = 0.5 * losses::MeanSquaredError()(it.price.slice(0, batch), p) +
                          2 * losses::SparseCategoricalCrossentropy()(it.kind.slice(0, batch), k);
      sgd.apply(grad({loss}, twin.trainable_variables()), twin.trainable_variables());
      total += loss.item();
    }
    means.push_back(total / 3);
  }
  for (std::size_t i = 0; i < 2; ++i) CHECK(history["loss"][i] == Approx(means[i]));
  CHECK(history.contains("kind_accuracy"));
  const auto ours = it.model.get_weights(), theirs = twin.get_weights();
  for (std::size_t i = 0; i < ours.size(); ++i) CHECK(allclose(ours[i], theirs[i], 1e-5, 1e-6));
}

TEST_CASE("A captured step of several inputs, outputs and weights gives the same") {
  std::vector<std::vector<Tensor>> weights;
  std::vector<double> losses;
  const Prices it;
  const std::vector<Tensor> start = it.model.get_weights();
  for (const bool jit_compile : {false, true}) {
    it.model.set_weights(start);
    it.model.compile({.optimizer = "adam",
                      .loss = {"mse", "sparse_categorical_crossentropy"},
                      .metrics = {"mae", "accuracy"},
                      .jit_compile = jit_compile});
    const History history = it.model.fit({it.title, it.tags}, {it.price, it.kind},
                                         {.batch_size = 10,
                                          .epochs = 2,
                                          .verbose = 0,
                                          .shuffle = false,
                                          .sample_weight = {linspace(0, 1, 24), linspace(1, 2, 24)}});
    weights.push_back(it.model.get_weights());
    losses.push_back(history["kind_loss"].back());
  }
  CHECK(losses[0] == losses[1]);
  for (std::size_t i = 0; i < weights[0].size(); ++i) CHECK(array_equal(weights[0][i], weights[1][i]));
}

TEST_CASE("Sample weights count in losses and weighted metrics, for all outputs or for each") {
  const Prices it;
  it.compile();
  const Tensor weight = linspace(0, 2, 24);
  const auto evaluate = [&](const models::Data& given) {
    return it.model.evaluate({it.title, it.tags}, {it.price, it.kind}, {.verbose = 0, .sample_weight = given});
  };
  CHECK(evaluate(weight)["loss"] == Approx(it.loss(weight)));
  CHECK(evaluate({weight, weight})["loss"] == Approx(it.loss(weight)));
  CHECK(evaluate({{"kind", weight}, {"price", weight}})["loss"] == Approx(it.loss(weight)));
  CHECK(evaluate({{"kind", weight}})["price_loss"] == Approx(evaluate({})["price_loss"]));
  CHECK(evaluate(weight)["price_mae"] == Approx(evaluate({})["price_mae"]));
  it.model.compile({.loss = "mse", .metrics = {{"price", "mae"}}, .weighted_metrics = {{"price", "mae"}}});
  const auto [p, k] = it.model.call<2>({it.title, it.tags});
  const callbacks::Logs logs = it.model.evaluate({it.title, it.tags}, {it.price, utils::to_categorical(it.kind)},
                                                 {.verbose = 0, .sample_weight = weight});
  const metrics::MeanAbsoluteError expected;
  expected.update_state(it.price, p, weight);
  CHECK(logs["price_weighted_mae"] == Approx(expected.result()));
}

TEST_CASE("Validation data and splits of several inputs") {
  const Prices it;
  it.compile();
  const models::FitOptions quiet{.verbose = 0, .shuffle = false};
  models::FitOptions given = quiet, split = quiet;
  const Slice last{18, 24}, first{0, 18};
  given.validation_data = {{it.title.slice(0, last), it.tags.slice(0, last)},
                           {{"price", it.price.slice(0, last)}, {"kind", it.kind.slice(0, last)}},
                           linspace(0, 1, 6)};
  split.validation_split = 0.25;
  Tensor weight = ones({24});
  weight.slice(0, last).assign(linspace(0, 1, 6));
  split.sample_weight = weight;
  const std::vector<Tensor> start = it.model.get_weights();
  const History a = it.model.fit({it.title.slice(0, first), it.tags.slice(0, first)},
                                 {it.price.slice(0, first), it.kind.slice(0, first)}, given);
  it.model.set_weights(start);
  const History b = it.model.fit({it.title, it.tags}, {it.price, it.kind}, split);
  REQUIRE(a.history.size() == 12);
  for (const auto& [name, values] : a.history) CHECK(b[name][0] == Approx(values[0]));
}

TEST_CASE("predict of several outputs") {
  const Prices it;
  const auto [p, k] = it.model.call<2>({it.title, it.tags});
  const auto [price, kind] = it.model.predict<2>({it.title, it.tags}, {.batch_size = 5, .verbose = 0});
  CHECK(allclose(price, p));
  CHECK(allclose(kind, k));
  const auto [whole, other] = it.model.predict_on_batch<2>({{"tags", it.tags}, {"title", it.title}});
  CHECK(array_equal(whole, p));
  CHECK(it.model.predict_all({it.title, it.tags}, {.verbose = 0}).size() == 2);
  CHECK_THROWS_WITH(it.model.predict({it.title, it.tags}, {.verbose = 0}),
                    "prices: predict: the model gives 2 tensors; take them with predict<2>(x) or predict_all(x)");
  CHECK_THROWS_WITH(it.model.predict<3>({it.title, it.tags}, {.verbose = 0}), Contains("3 were asked for"));
  CHECK_THROWS_WITH(it.model.predict_all(it.title, {.verbose = 0}),
                    "prices: predict: x: expected 2 tensors, one for each input (title, tags), given 1");
}

TEST_CASE("Data that do not belong to inputs and outputs are refused before anything changes") {
  const Prices it;
  it.compile();
  const models::Data x{it.title, it.tags}, y{it.price, it.kind};
  const auto fit = [&](const models::Data& inputs, const models::Data& targets, const models::Data& weight = {}) {
    return [&it, inputs, targets, weight] { it.model.fit(inputs, targets, {.verbose = 0, .sample_weight = weight}); };
  };
  it.refuses<ValueError>("prices: fit: x: expected 2 tensors, one for each input (title, tags), given 1",
                         fit(it.title, y));
  it.refuses<ValueError>("fit: y: expected 2 tensors, one for each output (price, kind), given 3",
                         fit(x, {it.price, it.kind, it.kind}));
  it.refuses<ValueError>("fit: sample_weight: expected 2 tensors, one for each output (price, kind), given 3",
                         fit(x, y, {it.price, it.kind, it.kind}));
  it.refuses<ValueError>("unknown input \"titel\"; the nearest known names are \"title\"",
                         fit({{"titel", it.title}, {"tags", it.tags}}, y));
  it.refuses<ValueError>("fit: x: the input \"tags\" is not given", fit({{"title", it.title}}, y));
  it.refuses<ValueError>("fit: x: the input \"tags\" is given twice", fit({{"tags", it.tags}, {"tags", it.tags}}, y));
  it.refuses<ValueError>("fit: y: there are no targets of the output \"kind\", which has a loss or a metric",
                         fit(x, {{"price", it.price}}));
  it.refuses<ValueError>("fit: x and y must be defined", fit(x, {}));
  const Tensor shorter = it.kind.slice(0, {0, 20});
  it.refuses<ValueError>("fit: x and y have different lengths: x ([24, 4], [24, 3]), y ([24, 1], [20])",
                         fit(x, {it.price, shorter}));
  it.refuses<ValueError>("fit: inputs have different lengths: x ([24, 4], [20, 3])",
                         fit({it.title, it.tags.slice(0, {0, 20})}, y));
  it.refuses<ValueError>("fit: x and sample_weight have different lengths", fit(x, y, {ones({24}), ones({23})}));
  it.refuses<IndexError>(
      "fit: output \"kind\": sparse_categorical_crossentropy: label 3 at position 0 is outside [0, 3)",
      fit(x, {it.price, full({24}, 3)}));
  it.refuses<ShapeError>("the input \"title\" has the shape [-1, 4], given [1, 3]", fit({it.tags, it.title}, y));
  it.refuses<ShapeError>("(tried on one sample of x ([24, 4], [24, 3]), y ([24, 1], [24]), sample_weight [24, 2, 2])",
                         fit(x, y, ones({24, 2, 2})));
}

TEST_CASE("What compile says must be of the model's outputs") {
  const Prices it;
  const auto compile = [&](const models::CompileOptions& options) {
    return [&it, options] { it.model.compile(options); };
  };
  const std::string two = " values, one for each output (price, kind), given ";
  CHECK_THROWS_WITH(compile({.loss = {"mse", "mse", "mse"}})(), "prices: compile: loss: expected 2" + two + "3");
  CHECK_THROWS_WITH(compile({.loss = {{"prise", "mse"}, {"kind", "mse"}}})(),
                    Contains("unknown output \"prise\"; the nearest known names are \"price\""));
  CHECK_THROWS_WITH(compile({.loss = {{"price", "mse"}}})(),
                    "prices: compile: loss: nothing is given for the output \"kind\"");
  CHECK_THROWS_WITH(compile({.loss = "mse", .loss_weights = {1, 2, 3}})(),
                    "prices: compile: loss_weights: expected 2" + two + "3");
  CHECK_THROWS_WITH(
      compile({.loss = "mse", .metrics = "mae"})(),
      "prices: compile: metrics: by position, expected 2 metrics, one for each output (price, kind), given 1");
  CHECK_THROWS_WITH(compile({.loss = "mse", .metrics = {{"kinds", "mae"}}})(), Contains("unknown output \"kinds\""));
  CHECK_FALSE(it.model.compiled());
}

TEST_CASE("train_on_batch is a step of fit, test_on_batch an evaluation") {
  const Prices it;
  const Model twin = models::clone_model(it.model);
  twin.set_weights(it.model.get_weights());
  for (const Model& model : {it.model, twin}) {
    model.compile({.optimizer = "adam", .loss = {"mse", "sparse_categorical_crossentropy"}, .metrics = {"mae", "acc"}});
  }
  const History history = it.model.fit({it.title, it.tags}, {it.price, it.kind},
                                       {.batch_size = 24, .epochs = 3, .verbose = 0, .shuffle = false});
  for (std::size_t i = 0; i < 3; ++i) {
    const callbacks::Logs before = twin.test_on_batch({it.title, it.tags}, {it.price, it.kind});
    const callbacks::Logs logs = twin.train_on_batch({it.title, it.tags}, {it.price, it.kind});
    CHECK(names_of(logs) == std::vector<std::string>{"loss", "price_loss", "kind_loss", "kind_acc", "price_mae"});
    CHECK(logs["loss"] == history["loss"][i]);
    CHECK(before["kind_loss"] == Approx(logs["kind_loss"]));
  }
  const auto ours = it.model.get_weights(), theirs = twin.get_weights();
  for (std::size_t i = 0; i < ours.size(); ++i) CHECK(array_equal(ours[i], theirs[i]));
  CHECK(twin.optimizer().iterations() == 3);
  twin.get_layer("price").set_trainable(false);
  CHECK_THROWS_WITH(twin.train_on_batch({it.title, it.tags}, {it.price, it.kind}),
                    Contains("train_on_batch: layers were frozen") && Contains("call compile again"));
  CHECK_THROWS_WITH(Prices().model.train_on_batch(it.title, it.price),
                    "prices: train_on_batch: the model is not compiled; call compile first");
}

TEST_CASE("A model of one's own has several inputs and outputs by position") {
  struct TwoImpl : ModelImpl {
    layers::Dense left{1}, right{1};
    std::array<Tensor, 2> call(const Tensor& a, const Tensor& b) { return {left(a), right(b)}; }
  };
  const Handle<TwoImpl> model;
  model.compile({.optimizer = "sgd", .loss = {"mse", "mae"}, .metrics = {"mae", "mae"}});
  const Tensor a = rand({12, 2}), b = rand({12, 3}), y = rand({12, 1}), z = rand({12, 1});
  const callbacks::Logs logs = model.evaluate({a, b}, {y, z}, {.verbose = 0});
  CHECK(names_of(logs) == std::vector<std::string>{"loss", "mse_loss", "mae_loss", "mae", "mae_1"});
  CHECK(logs["mae_loss"] == Approx(logs["mae_1"]));
  CHECK(model.fit({a, b}, {y, z}, {.epochs = 20, .verbose = 0})["loss"].back() < logs["loss"]);
  CHECK_THROWS_WITH(model.fit({{"a", a}, {"b", b}}, {y, z}, {.verbose = 0}),
                    Contains("x: the inputs of the model have no names: give what belongs to them by position"));
  CHECK_THROWS_WITH(model.fit({a, b}, y, {.verbose = 0}), Contains("there are no targets of the output 1"));

  // Targets for those outputs alone that have a loss, before a call has shown how many there are.
  const auto fresh = [] {
    const Handle<TwoImpl> of_one_loss;
    of_one_loss.compile({.optimizer = "sgd", .loss = {nullptr, "huber"}});
    return of_one_loss;
  };
  CHECK(fresh().fit({a, b}, z, {.verbose = 0})["loss"].size() == 1);
  CHECK(fresh().evaluate({a, b}, z, {.verbose = 0})["loss"] > 0);
  CHECK_NOTHROW(fresh().train_on_batch({a, b}, z));
  CHECK_NOTHROW(fresh().test_on_batch({a, b}, z));
}

TEST_CASE("A train_step of one's own takes what fit is given") {
  struct OwnImpl : ModelImpl {
    layers::Dense left{1}, right{1};
    callbacks::Logs train_step(const Batch& batch) override {
      const auto& [x, y, sample_weight] = batch;
      const Tensor loss = mean(square(left(x[0]) + right(x[1]) - y));
      const std::vector<Tensor> variables = handle().trainable_variables();
      optimizer().apply(grad({loss}, variables), variables);
      callbacks::Logs logs;
      logs.set("own", loss.item());
      return logs;
    }
  };
  const Handle<OwnImpl> model;
  model->left.build({-1, 2});
  model->right.build({-1, 2});
  model.compile({.optimizer = "sgd"});
  const Tensor x = rand({8, 2}), y = sum(x, 1, true);
  const History history = model.fit({{"a", x}, {"b", x}}, y, {.epochs = 20, .verbose = 0});
  CHECK(history["own"].back() < history["own"].front());
  CHECK_THROWS_WITH(Tensor(models::Data({x, y})),
                    "one tensor is needed, the data hold 2; take them with all(), or [0], [1], ...");
  CHECK_FALSE(Tensor(models::Data()).defined());
}

TEST_CASE("Forms in which data, losses and metrics are written") {
  const Tensor a = ones({2}), b = ones({3});
  CHECK(models::Data().size() == 0);
  CHECK(models::Data(a).size() == 1);
  const models::Data one = {a}, two = {a, b}, named = {{"a", a}}, both = {{"a", a}, {"b", b}};
  CHECK(one.size() == 1);
  CHECK(two.names().empty());
  CHECK(named.names() == std::vector<std::string>{"a"});
  CHECK(both.names() == std::vector<std::string>{"a", "b"});
  using Losses = models::PerOutput<losses::Loss>;
  const Losses name = "mse", list = {"mse", losses::MeanAbsoluteError()}, alone = {"mse"}, by_name = {{"a", "mse"}},
               several = {{"a", losses::MeanAbsoluteError()}, {"b", nullptr}};
  CHECK(name.form() == Losses::Form::one);
  CHECK(list.form() == Losses::Form::by_position);
  CHECK(alone.form() == Losses::Form::by_position);
  CHECK(by_name.names() == std::vector<std::string>{"a"});
  CHECK(several.all().size() == 2);
  const metrics::Metrics metric = "mae", metrics = {"mae", "mse"}, of_outputs = {{"a", "mae"}, {"b", {"mae", "mse"}}};
  CHECK(metric.size() == 1);
  CHECK(metrics.outputs().empty());
  CHECK(of_outputs.outputs() == std::vector<std::string>{"a", "b", "b"});
}

TEST_CASE("a model of one's own with one input and several outputs is built, trained and asked") {
  struct TwoHeadsImpl : ModelImpl {
    layers::Dense one{1}, two{2};
    std::array<Tensor, 2> call(const Tensor& x) { return {one(x), two(x)}; }
  };
  const Tensor x = randn({20, 3}), y = randn({20, 1}), z = randn({20, 2});
  const auto options = [] { return models::CompileOptions{.optimizer = "sgd", .loss = {"mse", "mae"}}; };
  const Handle<TwoHeadsImpl> built, called, listed, predicted, fitted, evaluated, on_batch;
  built.build({-1, 3});
  CHECK(built.count_params() == 12);
  const auto [first, second] = called.call<2>({x});
  CHECK(first.shape() == Shape{20, 1});
  CHECK(second.shape() == Shape{20, 2});
  CHECK(listed.call_all({x}).size() == 2);
  CHECK(predicted.predict<2>(x, {.verbose = 0})[1].shape() == Shape{20, 2});
  fitted.compile(options());
  const auto history = fitted.fit(x, {y, z}, {.epochs = 2, .verbose = 0});
  CHECK(history["loss"][1] < history["loss"][0]);
  evaluated.compile(options());
  CHECK(evaluated.evaluate(x, {y, z}, {.verbose = 0}).size() == 3);
  on_batch.compile(options());
  CHECK(on_batch.train_on_batch(x, {y, z}).size() == 3);
}

TEST_CASE("Weights that are too few for the outputs of a model without names are refused") {
  struct ThreeImpl : ModelImpl {
    layers::Dense dense{1};
    std::array<Tensor, 3> call(const Tensor& x) { return {dense(x), x, x}; }
  };
  const Handle<ThreeImpl> model;
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor x = rand({4, 1}), weight = ones({4});
  CHECK_THROWS_WITH(model.fit(x, {x, x, x}, {.verbose = 0, .sample_weight = {weight, weight}}),
                    Contains("sample_weight: expected 3 tensors, one for each output, given 2"));
}
