#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "golden/cases.hpp"
#include "golden/make_layer.hpp"
#include "golden/make_loss.hpp"
#include "golden/make_optimizer.hpp"

namespace xtape::test {
namespace {

Sequential make_model(const Config& config) {
  Sequential model;
  for (const Config& layer : config.object("config").objects("layers")) {
    const Config arguments = layer.object("config");
    model.add(make_layer(layer.text("class_name", ""), arguments));
    check_all_read(arguments);
  }
  return model;
}

models::CompileOptions make_compile_options(const Config& config) {
  models::CompileOptions options;
  const Config optimizer = config.object("optimizer");
  options.optimizer = make_optimizer(optimizer.text("class_name", ""), optimizer.object("config"));
  if (config.is_text("loss")) {
    options.loss = config.text("loss", "");
  } else {
    const Config loss = config.object("loss");
    options.loss = make_loss(loss.text("class_name", ""), loss.object("config"));
  }
  std::vector<metrics::Metric> metrics;
  for (const std::string& metric : config.texts("metrics")) metrics.emplace_back(metric);
  options.metrics = metrics;
  check_all_read(config);
  return options;
}

models::FitOptions make_fit_options(const Case& reference) {
  const Config config = reference.all.object("fit");
  models::FitOptions options;
  options.batch_size = config.integer("batch_size", 32);
  options.epochs = config.integer("epochs", 1);
  options.validation_split = config.number("validation_split", 0);
  options.shuffle = config.flag("shuffle", true);
  options.verbose = 0;
  if (reference.has("val_x0")) options.validation_data = {reference.array("val_x0"), reference.array("val_y0")};
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

  Sequential model = make_model(reference.config);
  model.set_weights(split_weights(reference, "init_weights"));
  model.compile(make_compile_options(reference.all.object("compile")));
  const Tensor x = reference.array("x0"), y = reference.array("y0");
  const History history = model.fit(x, y, make_fit_options(reference));

  const Config expected = reference.all.object("history");
  CHECK(history.history().size() == expected.keys().size());
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
  const Tensor seen = on_validation ? reference.array("val_x0") : x;
  check_close("prediction", model.predict(seen, {.verbose = 0}), reference.array("pred0"), tolerance("pred"));
  const int64_t batch_size = reference.all.object("fit").integer("batch_size", 32);
  const callbacks::Logs score =
      model.evaluate(seen, on_validation ? reference.array("val_y0") : y, {.batch_size = batch_size, .verbose = 0});
  const Config evaluated = reference.all.object("evaluate");
  for (const std::string& name : evaluated.keys()) {
    INFO("evaluation of " << name);
    check_close("value", tensor(score[name]), tensor(evaluated.number(name, 0)), tolerance("history"));
  }
  CHECK(model.optimizer().iterations() == reference.all.integer("iterations", -1));
}

}  // namespace

TEST_CASE("fit gives Keras's history, weights and predictions") {
  for (const Case& reference : load_cases("fit")) {
    INFO(reference.id);
    try {
      check_case(reference);
    } catch (const Error& error) {
      FAIL_CHECK(error.what());
    }
  }
}

}  // namespace xtape::test
