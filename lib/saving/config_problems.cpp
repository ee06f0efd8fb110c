#include "saving/config_problems.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/config_name.hpp>
#include <xtape/detail/config_place.hpp>
#include <xtape/detail/option_problems.hpp>
#include <xtape/detail/shared_layers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/model_impl.hpp>

namespace xtape::saving {
namespace {

// What a layer was built for says nothing about its options.
Config without_build_config(const Config& layer) {
  if (!layer.is_dict()) return layer;
  Config::Entries result = layer.entries();
  std::erase_if(result, [](const Config::Entry& entry) { return entry.name == "build_config"; });
  return Config(std::move(result));
}

// More say no more, and more layers no model may have.
constexpr std::size_t most_problems = 100, most_layers = 32768;

// Makes each layer alone, after the model as a whole could not be made, until that many problems are known.
void collect(const Config& layer, std::vector<std::string>& problems, std::size_t& tried) {
  const Config* options = layer.is_dict() ? layer.find("config") : nullptr;
  const Config* inside = options && options->is_dict() ? options->find("layers") : nullptr;
  if (inside && inside->is_list()) {
    const detail::ConfigPlace place(detail::name_in_config(layer));
    for (const Config& each : inside->list()) {
      if (problems.size() < most_problems) collect(each, problems, tried);
    }
    return;
  }
  if (++tried > most_layers) return;
  for (std::string& each : problems_of([&] { layers::deserialize(without_build_config(layer)); })) {
    if (std::find(problems.begin(), problems.end(), each) == problems.end()) problems.push_back(std::move(each));
  }
}

}  // namespace

std::vector<std::string> problems_of(const std::function<void()>& read) {
  const detail::OptionProblems options;
  std::string thrown;
  try {
    read();
  } catch (const OutOfMemory&) {
    throw;
  } catch (const Error& error) {
    thrown = error.message();
  }
  // What does not work with the defaults of wrong options says nothing.
  if (options.all().empty() && !thrown.empty()) return {thrown};
  return options.all();
}

models::Model model_of(const Config& config, const std::string& file) {
  try {
    const layers::Layer layer = layers::deserialize(config);
    if (auto* const model = dynamic_cast<models::ModelImpl*>(&layer.impl())) return model->handle();
    throw ValueError("the file holds a " + layer.class_name() + ", which is no model");
  } catch (Error& error) {
    std::vector<std::string> problems;
    // Each layer alone would be another try to make what is too large.
    const bool too_large = dynamic_cast<const FormatError*>(&error) || dynamic_cast<const OutOfMemory*>(&error);
    std::size_t tried = 0;
    const layers::SharedLayersScope::Pause alone;
    if (!too_large) collect(config, problems, tried);
    std::string text = file + ": the model cannot be made: ";
    if (problems.empty()) {
      error.set_message(text + error.message());
      throw;
    }
    for (const std::string& problem : problems) text += "\n  " + problem;
    if (problems.size() >= most_problems) text += "\n  (and what comes behind)";
    throw ValueError(text);
  }
}

}  // namespace xtape::saving
