#include "saving/config_problems.hpp"

#include <algorithm>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/model_impl.hpp>

namespace xtape::saving {
namespace {

std::string name_of(const Config& layer) {
  const Config* options = layer.is_dict() ? layer.find("config") : nullptr;
  const Config* name = options && options->is_dict() ? options->find("name") : nullptr;
  return name && name->is_text() ? '"' + name->text() + '"' : std::string("without a name");
}

// Makes each layer alone, after the model as a whole could not be made.
void collect(const Config& layer, std::vector<std::string>& problems) {
  const Config* options = layer.is_dict() ? layer.find("config") : nullptr;
  const Config* inside = options && options->is_dict() ? options->find("layers") : nullptr;
  if (inside && inside->is_list()) {
    for (const Config& each : inside->list()) collect(each, problems);
    return;
  }
  try {
    layers::deserialize(layer);
  } catch (const Error& error) {
    const std::string problem = "the layer " + name_of(layer) + ": " + error.message();
    if (std::find(problems.begin(), problems.end(), problem) == problems.end()) problems.push_back(problem);
  }
}

}  // namespace

models::Model model_of(const Config& config, const std::string& file) {
  try {
    const layers::Layer layer = layers::deserialize(config);
    if (auto* const model = dynamic_cast<models::ModelImpl*>(&layer.impl())) return model->handle();
    throw ValueError("the file holds a " + layer.class_name() + ", which is no model");
  } catch (Error& error) {
    std::vector<std::string> problems;
    collect(config, problems);
    std::string text = file + ": the model cannot be made: ";
    if (problems.empty()) {
      error.set_message(text + error.message());
      throw;
    }
    for (const std::string& problem : problems) text += "\n  " + problem;
    throw ValueError(text);
  }
}

}  // namespace xtape::saving
