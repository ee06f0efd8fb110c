#include <xtape/xtape.hpp>

#include "catch.hpp"

namespace xtape::test {
namespace {

struct Halves : metrics::MetricImpl {
  Halves() : MetricImpl("halves") {}
  void update_state(const Tensor&, const Tensor&, const Tensor&) override { ++calls; }
  double result() const override { return calls / 2.0; }
  void reset_state() override { calls = 0; }
  int calls = 0;
};

}  // namespace

TEST_CASE("what is found by name is written and read as Keras does") {
  for (const char* name : {"sgd", "adam", "adamw", "rmsprop", "nadam", "adamax", "adagrad", "adadelta", "lion", "ftrl",
                           "lamb", "adafactor"}) {
    const Config config = optimizers::serialize(name);
    INFO(config.str());
    CHECK(config.at("module").text() == "keras.optimizers");
    CHECK(optimizers::serialize(optimizers::deserialize(config)) == config);
  }
  CHECK(optimizers::serialize("adamw").at("class_name").text() == "AdamW");
  for (const char* name : {"mse",
                           "mae",
                           "mape",
                           "msle",
                           "huber",
                           "log_cosh",
                           "cosine_similarity",
                           "bce",
                           "binary_focal_crossentropy",
                           "categorical_crossentropy",
                           "categorical_focal_crossentropy",
                           "sparse_categorical_crossentropy",
                           "categorical_generalized_cross_entropy",
                           "kld",
                           "poisson",
                           "hinge",
                           "squared_hinge",
                           "categorical_hinge",
                           "dice",
                           "tversky",
                           "circle",
                           "ctc"}) {
    const Config config = losses::serialize(name);
    INFO(config.str());
    CHECK(losses::serialize(losses::deserialize(config)) == config);
  }
  for (const char* name : {"accuracy",
                           "binary_accuracy",
                           "categorical_accuracy",
                           "sparse_categorical_accuracy",
                           "top_k_categorical_accuracy",
                           "sparse_top_k_categorical_accuracy",
                           "mse",
                           "mae",
                           "root_mean_squared_error",
                           "mape",
                           "msle",
                           "logcosh",
                           "cosine_similarity",
                           "kld",
                           "poisson",
                           "hinge",
                           "squared_hinge",
                           "categorical_hinge",
                           "bce",
                           "categorical_crossentropy",
                           "sparse_categorical_crossentropy"}) {
    const metrics::Metric metric = name;
    const Config config = metrics::serialize(metric);
    INFO(config.str());
    CHECK(metrics::deserialize(config).name() == metric.name());
    CHECK(metrics::serialize(metrics::deserialize(config)) == config);
  }
}

TEST_CASE("losses and metrics are written with their options") {
  const auto written = [](const losses::Loss& loss) {
    const Config config = losses::serialize(loss);
    CHECK(losses::serialize(losses::deserialize(config)) == config);
    return config.at("config").str();
  };
  CHECK(written(losses::Huber({.delta = 0.5})) ==
        "{\"name\":\"huber_loss\",\"reduction\":\"sum_over_batch_size\",\"delta\":0.5}");
  CHECK(written(losses::Dice({.axis = {1, 2}})) ==
        "{\"name\":\"dice\",\"reduction\":\"sum_over_batch_size\",\"axis\":[1,2]}");
  CHECK(written(losses::Dice()) == "{\"name\":\"dice\",\"reduction\":\"sum_over_batch_size\"}");
  CHECK_THAT(written(losses::CategoricalFocalCrossentropy({.alpha = {0.2, 0.8}})), Contains("\"alpha\":[0.2,0.8]"));
  CHECK_THAT(written(losses::CategoricalFocalCrossentropy()), Contains("\"alpha\":0.25"));
  CHECK_THAT(written(losses::Circle({.gamma = 4, .remove_diagonal = false})), Contains("\"remove_diagonal\":false"));
  // An option that not all releases know is written where it says something.
  CHECK_THAT(written(losses::SparseCategoricalCrossentropy()), !Contains("axis"));
  CHECK_THAT(written(losses::SparseCategoricalCrossentropy({.axis = 1})), Contains("\"axis\":1"));
  Config config = losses::serialize(losses::Huber());
  Config options = config.at("config");
  options.set("reduction", {});
  config.set("config", options);
  CHECK(losses::deserialize(config).reduction() == "none");
  CHECK(losses::serialize(losses::deserialize(config)).at("config").at("reduction").text() == "none");
  options.set("dtype", "bfloat16");
  config.set("config", options);
  CHECK_THROWS_WITH(losses::deserialize(config), Contains("Huber: dtype must be null, given \"bfloat16\""));

  const metrics::Metric smoothed =
      metrics::CategoricalCrossentropy({.from_logits = true, .label_smoothing = 0.25, .axis = 1});
  CHECK(metrics::serialize(metrics::deserialize(metrics::serialize(smoothed))) == metrics::serialize(smoothed));
  CHECK(metrics::serialize(smoothed).at("config").at("label_smoothing").number() == 0.25);
  CHECK(metrics::serialize(metrics::CosineSimilarity({.axis = 0})).at("config").at("axis").integer() == 0);
}

TEST_CASE("an optimizer is written with the learning rate as it is") {
  const optimizers::Adam adam({.learning_rate = 0.5, .beta_1 = 0.8});
  adam.set_learning_rate(0.25);
  const Config config = adam.get_config();
  CHECK(config.at("learning_rate").number() == 0.25);
  CHECK(config.at("beta_1").number() == 0.8);
}

TEST_CASE("unknown options name the nearest ones, and what is one's own cannot be written") {
  Config config = optimizers::serialize("sgd");
  Config options = config.at("config");
  options.set("momentun", 0.5);
  config.set("config", options);
  CHECK_THROWS_WITH(optimizers::deserialize(config), Contains("\"momentum\""));
  CHECK_THROWS_AS(losses::serialize([](const Tensor& y_true, const Tensor&) { return y_true; }), ValueError);
  CHECK_THROWS_AS(metrics::serialize(Halves()), ValueError);
}

TEST_CASE("a handle of an object of one's own is that object") {
  const metrics::Metric halves = Halves();
  const metrics::Metric same = halves;
  same.update_state(ones({1}), ones({1}));
  CHECK(halves.result() == 0.5);
  CHECK(same == halves);
  CHECK_FALSE(metrics::Metric(Halves()) == halves);
  static_assert(!std::is_constructible_v<metrics::Metric, Halves&>);
  CHECK_THROWS_AS(metrics::Metric().result(), ValueError);
}

}  // namespace xtape::test
