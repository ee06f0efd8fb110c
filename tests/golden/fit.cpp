#include <algorithm>
#include <fstream>
#include <sstream>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "golden/cases.hpp"
#include "golden/make_callback.hpp"
#include "golden/make_layer.hpp"
#include "golden/make_loss.hpp"
#include "golden/make_optimizer.hpp"

namespace xtape::test {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A functional model is read from what Keras wrote.
Model make_model(const Case& reference) {
  const Config& config = reference.config;
  if (config.text("class_name", "") == "Functional") {
    return models::model_from_json(text_of(reference.folder + "/" + reference.all.text("model_json", "")));
  }
  Sequential model;
  for (const Config& layer : config.object("config").objects("layers")) {
    const Config arguments = layer.object("config");
    model.add(make_layer(layer.text("class_name", ""), arguments));
    check_all_read(arguments);
  }
  return model;
}

// By name or as objects; of several outputs each has a list of one.
std::vector<metrics::Metric> metrics_of(const Config& config, const char* key) {
  std::vector<metrics::Metric> metrics;
  if (!config.contains(key)) return metrics;
  const xtape::Config all = parse_json(config.json_text());
  for (const xtape::Config& entry : all.at(key).list()) {
    if (entry.is_list()) REQUIRE(entry.list().size() == 1);
    metrics.push_back(metrics::deserialize(entry.is_list() ? entry.list().front() : entry));
  }
  return metrics;
}

models::CompileOptions make_compile_options(const Config& config) {
  models::CompileOptions options;
  const Config optimizer = config.object("optimizer");
  options.optimizer = make_optimizer(optimizer.text("class_name", ""), optimizer.object("config"));
  if (config.is_text("loss")) {
    options.loss = config.text("loss", "");
  } else if (config.is_list("loss")) {
    const std::vector<std::string> names = config.texts("loss");
    options.loss = std::vector<losses::Loss>(names.begin(), names.end());
  } else {
    const Config loss = config.object("loss");
    options.loss = make_loss(loss.text("class_name", ""), loss.object("config"));
  }
  if (config.contains("loss_weights")) options.loss_weights = config.numbers("loss_weights");
  options.metrics = metrics_of(config, "metrics");
  options.weighted_metrics = metrics_of(config, "weighted_metrics");
  check_all_read(config);
  return options;
}

// Those of roles that are numbered.
std::vector<Tensor> arrays(const Case& reference, const std::string& role) {
  std::vector<Tensor> result;
  while (reference.has(role + std::to_string(result.size()))) {
    result.push_back(reference.array(role + std::to_string(result.size())));
  }
  return result;
}

models::FitOptions make_fit_options(const Case& reference) {
  const Config config = reference.all.object("fit");
  models::FitOptions options;
  options.batch_size = config.integer("batch_size", 32);
  options.epochs = config.integer("epochs", 1);
  options.validation_split = config.number("validation_split", 0);
  const Config class_weight = config.object("class_weight");
  for (const std::string& label : class_weight.keys()) {
    options.class_weight[std::stoll(label)] = class_weight.number(label, 0);
  }
  for (const Config& callback : config.objects("callbacks")) {
    const Config arguments = callback.object("config");
    options.callbacks.push_back(make_callback(callback.text("class_name", ""), arguments));
    check_all_read(arguments);
  }
  options.shuffle = config.flag("shuffle", true);
  options.verbose = 0;
  if (reference.has("val_x0")) {
    options.validation_data = {arrays(reference, "val_x"), arrays(reference, "val_y"),
                               arrays(reference, "val_sample_weight")};
  }
  options.sample_weight = arrays(reference, "sample_weight");
  check_all_read(config);
  return options;
}

// The weights of a case, which are stored as one array.
std::vector<Tensor> split_weights(const Case& reference, const std::string& role) {
  const Tensor all = reference.array(role);
  std::vector<Tensor> weights;
  int64_t begin = 0;
  for (const Config& weight : reference.all.objects("weights")) {
    Shape shape;
    for (int64_t length : weight.integers("shape")) shape.push_back(length);
    weights.push_back(all.slice(0, {.start = begin, .stop = begin + shape.numel()}).reshape(shape));
    begin += shape.numel();
  }
  return weights;
}

void check_case(const Case& reference) {
  const Config f32_err = reference.all.object("f32_err");
  auto tolerance = [&](const char* of) { return std::max(1e-5, 20 * f32_err.number(of, 0)); };

  const Model model = make_model(reference);
  model.set_weights(split_weights(reference, "init_weights"));
  model.compile(make_compile_options(reference.all.object("compile")));
  const std::vector<Tensor> x = arrays(reference, "x"), y = arrays(reference, "y");
  const History history = model.fit(x, y, make_fit_options(reference));

  const Config expected = reference.all.object("history");
  std::vector<std::string> names, expected_names = expected.keys();
  for (const auto& entry : history.history) names.push_back(entry.first);
  // The file has its keys in alphabetical order; in Keras's history stands behind the rest what a callback sets.
  std::stable_partition(expected_names.begin(), expected_names.end(),
                        [](const std::string& name) { return name != "learning_rate"; });
  CHECK(names == expected_names);
  for (const std::string& name : expected.keys()) {
    INFO("history of " << name);
    check_close("values", tensor(history[name]), tensor(expected.numbers(name)), tolerance("history"));
  }
  const std::vector<Tensor> weights = model.get_weights(), final_weights = split_weights(reference, "final_weights");
  REQUIRE(weights.size() == final_weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    INFO("weight " << i);
    check_close("value", weights[i], final_weights[i], tolerance("weights"));
  }
  const bool on_validation = reference.all.text("predict_on", "x") == "val_x";
  const std::vector<Tensor> seen = on_validation ? arrays(reference, "val_x") : x;
  const std::vector<Tensor> predictions = model.predict_all(seen, {.verbose = 0});
  const std::vector<Tensor> expected_predictions = arrays(reference, "pred");
  REQUIRE(predictions.size() == expected_predictions.size());
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    check_close("prediction", predictions[i], expected_predictions[i], tolerance("pred"));
  }
  const int64_t batch_size = reference.all.object("fit").integer("batch_size", 32);
  const std::string of = on_validation ? "val_" : "";
  const callbacks::Logs score = model.evaluate(
      seen, arrays(reference, of + "y"),
      {.batch_size = batch_size, .verbose = 0, .sample_weight = arrays(reference, of + "sample_weight")});
  const Config evaluated = reference.all.object("evaluate");
  for (const std::string& name : evaluated.keys()) {
    INFO("evaluation of " << name);
    check_close("value", tensor(score[name]), tensor(evaluated.number(name, 0)), tolerance("history"));
  }
  CHECK(model.optimizer().iterations() == reference.all.integer("iterations", -1));
  CHECK(model.optimizer().learning_rate() == Approx(reference.all.number("learning_rate_final", 0)).epsilon(1e-6));
}

}  // namespace

TEST_CASE("fit gives Keras's history, weights and predictions") {
  for (const Case& reference : load_cases("fit")) {
    DYNAMIC_SECTION(reference.id) { check_case(reference); }
  }
}

}  // namespace xtape::test
