#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "golden/cases.hpp"

// Files that Keras 3.8 and 3.16 saved.
namespace xtape::test {
namespace {

std::vector<Tensor> arrays(const Case& reference, const std::string& role) {
  std::vector<Tensor> result;
  for (int i = 0; reference.has(role + std::to_string(i)); ++i) {
    result.push_back(reference.array(role + std::to_string(i)));
  }
  return result;
}

Tensor joined_values(const std::vector<Tensor>& values) {
  std::vector<Tensor> flat;
  for (const Tensor& value : values) flat.push_back(value.astype(float32).flatten());
  return concatenate(flat, 0);
}

void check_predictions(const Model& model, const Case& reference) {
  const std::vector<Tensor> expected = arrays(reference, "pred");
  const std::vector<Tensor> predictions = model.predict_all(arrays(reference, "x"), {.verbose = 0});
  REQUIRE(predictions.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) check_close("prediction", predictions[i], expected[i], 1e-5);
}

void check_optimizer(const Model& model, const Case& reference) {
  // Keras 3.8's Nadam has its number elsewhere.
  std::vector<Tensor> values;
  for (const auto& [name, value] : model.optimizer().variables()) values.push_back(value);
  const auto names = reference.all.objects("optimizer_variables");
  REQUIRE(values.size() == names.size());
  if (names[2].text("name", "") == "variable") {
    values.insert(values.begin() + 2, values.back());
    values.pop_back();
  }
  check_close("optimizer", joined_values(values), reference.array("optimizer_state"), 1e-6);
}

void check_resume(const Model& model, const Case& reference) {
  if (!reference.all.contains("resume")) return;
  const Config resume = reference.all.object("resume");
  const History history =
      model.fit(arrays(reference, "x"), arrays(reference, "y"),
                {.batch_size = resume.integer("batch_size", 32), .epochs = 1, .verbose = 0, .shuffle = false});
  const Config expected = reference.all.object("resume_history");
  for (const std::string& name : expected.keys()) {
    INFO("history of " << name);
    check_close("values", tensor(history[name]), tensor(expected.numbers(name)), 1e-5);
  }
  check_close("weights", joined_values(model.get_weights()), reference.array("resumed_weights"), 1e-5);
}

void check_evaluation(const Model& model, const Case& reference) {
  const callbacks::Logs score = model.evaluate(arrays(reference, "x"), arrays(reference, "y"), {.verbose = 0});
  const Config expected = reference.all.object("evaluate");
  for (const std::string& name : expected.keys()) {
    INFO("evaluation of " << name);
    check_close("value", tensor(score[name]), tensor(expected.number(name, 0)), 1e-5);
  }
}

std::string path_of(const Case& reference, const char* role) {
  return reference.folder + '/' + reference.files.at(role);
}

}  // namespace

TEST_CASE("files of Keras give their model, optimizer and training") {
  for (const char* format : {"keras", "legacy_h5"}) {
    for (const Case& reference : load_cases("files")) {
      DYNAMIC_SECTION(format << ' ' << reference.id) {
        const Model model = load_model(path_of(reference, format));
        check_close("weights", joined_values(model.get_weights()), reference.array("weights"), 0);
        check_predictions(model, reference);
        CHECK(model.compiled() == reference.all.flag("compiled", true));
        if (!model.compiled()) continue;
        check_optimizer(model, reference);
        check_evaluation(model, reference);
        check_resume(model, reference);
      }
    }
  }
}

TEST_CASE("a .weights.h5 file of Keras sets weights and optimizer") {
  for (const Case& reference : load_cases("files")) {
    DYNAMIC_SECTION(reference.id) {
      const Model model = load_model(path_of(reference, "keras"));
      std::vector<Tensor> others;
      for (const Tensor& weight : model.get_weights()) others.push_back(zeros_like(weight));
      model.set_weights(others);
      model.load_weights(path_of(reference, "weights_h5"));
      check_close("weights", joined_values(model.get_weights()), reference.array("weights"), 0);
      check_predictions(model, reference);
      if (model.compiled()) check_optimizer(model, reference);
      model.set_weights(others);
      model.load_weights(path_of(reference, "legacy_h5"));
      check_predictions(model, reference);
      model.set_weights(others);
      model.load_weights(path_of(reference, "keras"));
      check_predictions(model, reference);
    }
  }
}

}  // namespace xtape::test
