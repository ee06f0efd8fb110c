#include <algorithm>
#include <cmath>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/captured_text.hpp"

// What Keras's Model has beside fit, evaluate and predict, for callbacks and steps of one's own.

using namespace xtape;
using callbacks::Logs;
using test::CapturedText;

namespace {

Sequential compiled(metrics::Metrics metrics = {"mae"}) {
  set_random_seed(2);
  Sequential model({layers::Dense(3, {.activation = "softmax", .input_shape = {4}, .name = "softmax"})}, {.name = "m"});
  model.compile({.optimizer = "sgd", .loss = "categorical_crossentropy", .metrics = std::move(metrics)});
  return model;
}

struct Data {
  Tensor x, y;
  Data() {
    set_random_seed(1);
    x = randn({40, 4});
    y = one_hot(argmax(x.slice(1, {0, 3}), 1), 3);
  }
};

Model of_two_outputs() {
  const Symbol x = Input({4});
  return Model(x, {layers::Dense(1, {.name = "price"})(x), layers::Dense(3, {.name = "kind"})(x)}, {.name = "shop"});
}

std::vector<std::string> names_of(const Logs& logs) {
  std::vector<std::string> names;
  for (const auto& [name, value] : logs) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("all figures of a metric are in the history, the scores and the metric") {
  const Data it;
  const metrics::F1Score f1;
  const Sequential model = compiled({f1, "accuracy"});
  struct Looks : CallbackImpl {
    std::vector<Tensor> seen;
    void on_epoch_end(int64_t, Logs& logs) override { seen.push_back(logs.values("val_f1_score")); }
  };
  const auto looks = std::make_shared<Looks>();
  const History history =
      model.fit(it.x, it.y, {.epochs = 2, .verbose = 0, .callbacks = {looks}, .validation_data = {it.x, it.y}});
  const std::vector<Tensor> values = history.history.values("f1_score"), validation = history.values("val_f1_score");
  REQUIRE(values.size() == 2);
  REQUIRE(validation.size() == 2);
  for (std::size_t epoch = 0; epoch < 2; ++epoch) {
    REQUIRE(values[epoch].shape() == Shape{3});
    CHECK(mean(values[epoch]).item() == Approx(history["f1_score"][epoch]));
    CHECK(mean(validation[epoch]).item() == Approx(history["val_f1_score"][epoch]));
    CHECK(array_equal(validation[epoch], looks->seen[epoch]));
  }
  CHECK(array_equal(validation[1], f1.values()));
  // One number is a tensor without axes.
  CHECK(history.values("accuracy")[1].shape() == Shape{});
  CHECK(history.values("accuracy")[1].item<double>() == history["accuracy"][1]);
  CHECK_THROWS_WITH(history.values("f1"), Contains("f1_score"));

  const auto score = model.evaluate(it.x, it.y, {.verbose = 0});
  CHECK(array_equal(score.values("f1_score"), f1.values()));
  CHECK(score.values("f1_score").shape() == Shape{3});
  CHECK(score["f1_score"] == f1.result());
  CHECK(model.test_on_batch(it.x, it.y).values("f1_score").shape() == Shape{3});
  CHECK(model.train_on_batch(it.x, it.y).values("f1_score").shape() == Shape{3});
}

TEST_CASE("model.history() is that of the last fit, and grows while it goes on") {
  const Data it;
  const Sequential model = compiled();
  CHECK(model.history().history.empty());
  struct Looks : CallbackImpl {
    std::vector<std::size_t> sizes;
    void on_epoch_end(int64_t, Logs&) override { sizes.push_back(model().history().epoch().size()); }
  };
  const auto looks = std::make_shared<Looks>();
  const History history = model.fit(it.x, it.y, {.epochs = 3, .verbose = 0, .callbacks = {looks}});
  CHECK(looks->sizes == std::vector<std::size_t>{0, 1, 2});
  CHECK(model.history()["loss"] == history["loss"]);
  CHECK_THROWS_AS(model.fit(it.x, it.y, {.epochs = 0}), ValueError);
  CHECK(model.history()["loss"] == history["loss"]);
  // Of a fit that ends with an error, the epochs before it.
  struct Throws : CallbackImpl {
    void on_epoch_end(int64_t epoch, Logs&) override {
      if (epoch == 1) throw std::runtime_error("enough");
    }
  };
  CHECK_THROWS(model.fit(it.x, it.y, {.epochs = 3, .verbose = 0, .callbacks = {Throws()}}));
  CHECK(model.history().epoch() == std::vector<int64_t>{0});
  model.fit(it.x, it.y, {.epochs = 5, .verbose = 0, .initial_epoch = 4});
  CHECK(model.history().epoch() == std::vector<int64_t>{4});
}

TEST_CASE("get_metrics_result and compute_metrics are what a step logs") {
  const Data it;
  const Sequential model = compiled();
  CHECK_THROWS_AS(Sequential({layers::Dense(1)}).get_metrics_result(), ValueError);
  const auto score = model.evaluate(it.x, it.y, {.verbose = 0});
  const Logs now = model.get_metrics_result();
  CHECK(names_of(now) == std::vector<std::string>{"loss", "mae"});
  CHECK(now["loss"] == score["loss"]);
  CHECK(now["mae"] == score["mae"]);
  model.reset_metrics();
  const Tensor y_pred = model.predict(it.x, {.verbose = 0});
  CHECK(model.compute_metrics(it.x, it.y, y_pred)["mae"] == Approx(score["mae"]));
}

TEST_CASE("compute_metrics of one's own adds to what fit and evaluate log") {
  struct CountsImpl : ModelImpl {
    layers::Dense dense{3, {.activation = "softmax"}};
    double samples = 0;
    Tensor call(const Tensor& x) { return dense(x); }
    Logs compute_metrics(const models::Data& x, const models::Data& y, const models::Data& y_pred,
                         const models::Data& sample_weight) override {
      Logs logs = ModelImpl::compute_metrics(x, y, y_pred, sample_weight);
      logs.set("samples", samples += static_cast<double>(x[0].shape(0)));
      return logs;
    }
    void reset_metrics() override {
      ModelImpl::reset_metrics();
      samples = 0;
    }
  };
  const Data it;
  const Handle<CountsImpl> model;
  model.compile({.optimizer = "sgd", .loss = "categorical_crossentropy", .metrics = {"mae", metrics::F1Score()}});
  const History history =
      model.fit(it.x, it.y, {.batch_size = 16, .epochs = 2, .verbose = 0, .validation_data = {it.x, it.y}});
  CHECK(history["samples"] == std::vector<double>{40, 40});
  CHECK(history["val_samples"] == std::vector<double>{40, 40});
  CHECK(history.contains("mae"));
  CHECK(history.values("f1_score")[0].shape() == Shape{3});
  // The compiled ones in their order, then what is one's own.
  const auto score = model.evaluate(it.x, it.y, {.verbose = 0});
  CHECK(names_of(score) == std::vector<std::string>{"loss", "mae", "f1_score", "samples"});
  CHECK(score["samples"] == 40);
  CHECK(score.values("f1_score").shape() == Shape{3});
  CHECK(model.train_on_batch(it.x, it.y)["samples"] == 40);
}

TEST_CASE("a train_step of one's own may call compute_metrics") {
  struct StepImpl : ModelImpl {
    layers::Dense dense{3, {.activation = "softmax"}};
    Tensor call(const Tensor& x) { return dense(x); }
    Logs train_step(const Batch& batch) override {
      return compute_metrics(batch.x, batch.y, handle()(batch.x), batch.sample_weight);
    }
  };
  const Data it;
  const Handle<StepImpl> model;
  model.build({-1, 4});
  model.compile({.loss = "categorical_crossentropy", .metrics = {"mae", metrics::F1Score()}});
  const History history = model.fit(it.x, it.y, {.verbose = 0});
  // There is no loss, as the step has gathered none.
  CHECK_FALSE(history.contains("loss"));
  CHECK(history["mae"][0] == Approx(model.evaluate(it.x, it.y, {.verbose = 0})["mae"]));
  CHECK(history.values("f1_score")[0].shape() == Shape{3});
}

TEST_CASE("a callback ends evaluate and predict after a batch") {
  const Data it;
  const Sequential model = compiled();
  struct Ends : CallbackImpl {
    void on_test_batch_end(int64_t batch, const Logs&) override {
      if (batch == 1) model().set_stop_evaluating(true);
    }
    void on_predict_batch_end(int64_t batch, const std::vector<Tensor>&) override {
      if (batch == 1) model().set_stop_predicting(true);
    }
  };
  const Tensor x = it.x.slice(0, {0, 16}), y = it.y.slice(0, {0, 16});
  const double expected = model.evaluate(x, y, {.verbose = 0})["loss"];
  CHECK(model.evaluate(it.x, it.y, {.batch_size = 8, .verbose = 0, .callbacks = {Ends()}})["loss"] == Approx(expected));
  CHECK(model.stop_evaluating());
  // The next one goes to its end.
  CHECK(model.evaluate(x, y, {.batch_size = 4, .verbose = 0})["loss"] == Approx(expected));
  CHECK_FALSE(model.stop_evaluating());

  const Tensor some = model.predict(it.x, {.batch_size = 8, .verbose = 0, .callbacks = {Ends()}});
  CHECK(model.stop_predicting());
  CHECK(array_equal(some, model.predict(x, {.batch_size = 8, .verbose = 0})));
  CHECK_FALSE(model.stop_predicting());
  std::vector<std::pair<Tensor, Tensor>> batches;
  for (int64_t i = 0; i < 3; ++i) {
    const Slice range{8 * i, 8 * i + 8};
    batches.emplace_back(it.x.slice(0, range), it.y.slice(0, range));
  }
  CHECK(model.predict(batches, {.verbose = 0, .callbacks = {Ends()}}).shape() == Shape{16, 3});
  // A validation too, and the training goes on.
  const History history = model.fit(
      it.x, it.y, {.batch_size = 8, .epochs = 2, .verbose = 0, .callbacks = {Ends()}, .validation_data = {it.x, it.y}});
  CHECK(history["val_loss"].size() == 2);
}

TEST_CASE("metrics are given by position, several for each output") {
  const Model model = of_two_outputs();
  const Tensor x = rand({8, 4}), price = rand({8, 1}), kind = rand({8, 3});
  const auto names_with = [&](const metrics::Metrics& metrics) {
    model.compile({.loss = "mse", .metrics = metrics});
    return names_of(model.evaluate(x, {price, kind}, {.verbose = 0}));
  };
  using Names = std::vector<std::string>;
  using All = std::vector<metrics::Metrics>;
  CHECK(names_with(All{{"mae", "mse"}, {"cosine_similarity"}}) ==
        Names{"loss", "price_loss", "kind_loss", "kind_cosine_similarity", "price_mae", "price_mse"});
  CHECK(names_with(All{{}, {"mae", "mse", "mape"}}) ==
        Names{"loss", "price_loss", "kind_loss", "kind_mae", "kind_mape", "kind_mse"});
  // As before: one for each, or by name.
  CHECK(names_with({"mae", "mse"}) == Names{"loss", "price_loss", "kind_loss", "kind_mse", "price_mae"});
  CHECK(names_with({{"price", "mae"}, {"kind", {"mse", "mae"}}}) ==
        Names{"loss", "price_loss", "kind_loss", "kind_mae", "kind_mse", "price_mae"});
  CHECK_THROWS_WITH(names_with(All{{"mae", "mse"}}),
                    Contains("metrics: expected 2 lists, one for each output (price, kind), given 1"));
  CHECK_THROWS_WITH(names_with(All{{{"price", "mae"}}, {"mse"}}), Contains("metrics: those of the output 0"));
  // Of one output, Keras's [["mae", "mse"]].
  const Sequential one = compiled(All{{"mae", "mse"}});
  const Data it;
  CHECK(names_of(one.evaluate(it.x, it.y, {.verbose = 0})) == Names{"loss", "mae", "mse"});
}

TEST_CASE("another number of outputs or figures than there are says what to write") {
  const Model model = of_two_outputs();
  const Tensor x = rand({8, 4});
  CHECK_THROWS_MATCHES(model.predict<3>(x, {.verbose = 0}), ValueError,
                       Message("shop: predict: the model gives 2 outputs (price, kind), 3 were asked for: write "
                               "predict<2>(x), or take them with predict_all(x)"));
  const Data it;
  const Sequential one = compiled();
  CHECK_THROWS_MATCHES(
      one.predict<2>(it.x, {.verbose = 0}), ValueError,
      Message("m: predict: the model gives 1 output (softmax), 2 were asked for: write predict(x), or take them "
              "with predict_all(x)"));
  CHECK_THROWS_MATCHES(
      one.evaluate<3>(it.x, it.y, {.verbose = 0}), ValueError,
      Message("there are 2 numbers (loss, mae), 3 were asked for: write `const auto [loss, mae] = "
              "model.evaluate<2>(x, y)`, or .numbers<2>() of what was returned, or read them by name: [\"loss\"]"));
  CHECK_THROWS_WITH(layers::Dense(1).call<2>({it.x}), Contains("2 were asked for: write call<1>({...}), or take them"));
}

TEST_CASE("line ends and control characters in names break no line of text") {
  const Data it;
  const Symbol x = Input({4});
  const Model model(x, {{"a\nb", layers::Dense(3, {.name = "first"})(x)}, {"c\r\td", layers::Dense(3)(x)}},
                    {.name = "two\nlines"});
  model.compile({.loss = "mse", .metrics = {{"a\nb", metrics::MeanAbsoluteError("m\x1b[2J\xC2\x9Bx")}}});
  const CapturedText output(std::cout);
  const History history = model.fit(it.x, {it.y, it.y}, {.batch_size = 40, .verbose = 2});
  const std::string line = output.text();
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  for (const char* shown : {" - a b_loss: ", " - a b_m [2J x: ", " - c  d_loss: "}) {
    CHECK_THAT(line, Contains(shown));
  }
  CHECK(line.find('\x1b') == std::string::npos);
  // Names themselves stay.
  CHECK(history.contains("a\nb_loss"));
  std::ostringstream table;
  table << history;
  const std::string text = table.str();
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK(text.find('\r') == std::string::npos);
  std::ostringstream summary;
  model.summary(summary);
  CHECK_THAT(summary.str(), Contains("Model: \"two lines\"\n"));
}

TEST_CASE("a refused fit leaves a model that was not built as it is, where shapes and labels are not at fault") {
  const Data it;
  const Sequential model{layers::Dense(3, {.activation = "softmax"})};
  model.compile({.optimizer = "sgd", .loss = "categorical_crossentropy"});
  const Tensor short_y = it.y.slice(0, {0, 39}), hole = it.x.clone();
  hole.slice(0, {3, 4}).fill(std::nan(""));
  const auto refuses = [&](const Tensor& x, const Tensor& y, models::FitOptions options) {
    options.verbose = 0;
    CHECK_THROWS_AS(model.fit(x, y, options), Error);
    CHECK_FALSE(model.built());
  };
  refuses(it.x, it.y, {.batch_size = 0});
  refuses(it.x, it.y, {.validation_split = 0.999});
  refuses(it.x, it.y, {.class_weight = {{-1, 1}}});
  refuses(it.x, it.y, {.class_weight = {{0, 1}}, .sample_weight = ones({40})});
  refuses(it.x, it.y, {.sample_weight = ones({3})});
  refuses(it.x, short_y, {});
  refuses(it.x, {}, {});
  refuses(hole, it.y, {.check_finite = true});
  refuses(it.x, it.y, {.validation_data = {it.x, short_y}});
  refuses(it.x, it.y, {.validation_data = {hole, it.y}, .check_finite = true});
  refuses(it.x, it.y, {.validation_data = models::Batches(std::vector<models::Batch>{})});
}

TEST_CASE("a model that a refused fit has built trains as if that fit had not been") {
  const Data it;
  const auto trained = [&](bool refused) {
    const Sequential model{layers::Dense(3, {.activation = "softmax"})};
    model.compile({.optimizer = "sgd", .loss = "categorical_crossentropy"});
    set_random_seed(7);
    if (refused) CHECK_THROWS_AS(model.fit(it.x, it.y.slice(1, {0, 2}), {.verbose = 0}), Error);
    CHECK(model.built() == refused);
    model.fit(it.x, it.y, {.batch_size = 8, .epochs = 2, .verbose = 0});
    return model.get_weights()[0];
  };
  CHECK(array_equal(trained(true), trained(false)));
}

TEST_CASE("class weights take what Keras takes") {
  Sequential model({layers::Dense(1, {.input_shape = {2, 3}})}, {.name = "m"});
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .loss = "mse"});
  const Tensor x = rand({4, 2, 3});
  const auto loss = [&](const Tensor& y, const models::FitOptions& options) {
    models::FitOptions quiet = options;
    quiet.verbose = 0;
    return model.fit(x, y, quiet)["loss"][0];
  };
  // Keras takes the largest of a row for the class, of labels of a sequence too.
  const Tensor labels = tensor({{0, 5}, {7, 1}, {0, 3}, {2, 0}}).astype(float32);
  const Tensor by_position = tensor({10.0, 1.0, 10.0, 1.0});
  CHECK(loss(labels, {.class_weight = {{1, 10}}}) == Approx(loss(labels, {.sample_weight = by_position})));
  CHECK_THROWS_MATCHES(loss(ones({4, 2, 1}), {.class_weight = {{0, 2}}}), ValueError,
                       Message("m: fit: class_weight takes one class for each sample, y [n], [n, 1] or one-hot [n, "
                               "classes], given [4, 2, 1]: give sample_weight [n, steps] for the steps of sequences"));
}

TEST_CASE("get_metrics_result gives all figures of a metric with several") {
  Sequential model = compiled({metrics::F1Score()});
  const Data data;
  model.evaluate(data.x, data.y, {.verbose = 0});
  const Logs now = model.get_metrics_result();
  REQUIRE(now.values("f1_score").shape() == Shape{3});
  double sum = 0;
  for (const double figure : now.values("f1_score").to_vector<double>()) sum += figure;
  CHECK(now["f1_score"] == sum / 3);
  CHECK(now.values("loss").rank() == 0);
}
