#include "saving/model_config.hpp"

#include <algorithm>
#include <iostream>
#include <utility>
#include <xtape/detail/json_depth.hpp>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/model_impl.hpp>

namespace xtape::saving {
namespace {

// How many lists and dicts are in one another.
std::size_t depth_of(const Config& config) {
  std::size_t inside = 0;
  if (config.is_list()) {
    for (const Config& each : config.list()) inside = std::max(inside, depth_of(each));
  } else if (config.is_dict()) {
    for (const Config::Entry& entry : config.entries()) inside = std::max(inside, depth_of(entry.value));
  } else {
    return 0;
  }
  return inside + 1;
}

// For what a model of one's own that takes several tensors was built, where it does not say what Python calls them and
// layers::serialize leaves it out. Keras reads that, and leaves it to the class to build itself.
Config built_for(const std::vector<Shape>& shapes) {
  Config::List list;
  for (const Shape& shape : shapes) list.push_back(to_config(shape));
  Config config = Config::dict();
  config.set("input_shape", std::move(list));
  return config;
}

// Keras 3.3 knows the initializer only by the name that it had there, which all later releases read too.
Config with_name_of_all_releases(const Config& config) {
  if (config.is_list()) {
    Config::List list;
    for (const Config& each : config.list()) list.push_back(with_name_of_all_releases(each));
    return list;
  }
  if (!config.is_dict()) return config;
  const Config* const module = config.find("module");
  const bool is_initializer = module && *module == Config("keras.initializers");
  Config::Entries named;
  for (const Config::Entry& entry : config.entries()) {
    const bool is_renamed = is_initializer && entry.name == "class_name" && entry.value == Config("Orthogonal");
    named.push_back(
        {entry.name, is_renamed ? Config("OrthogonalInitializer") : with_name_of_all_releases(entry.value)});
  }
  return Config(std::move(named));
}

}  // namespace

Config config_of(const models::Model& model, const SaveOptions& options) {
  Config config = with_name_of_all_releases(layers::serialize(model));
  const std::vector<Shape>& shapes = model.impl().build_shapes();
  if (shapes.size() > 1 && !model.impl().has_graph() && !config.find("build_config")) {
    config.set("build_config", built_for(shapes));
  }
  if (const std::size_t depth = depth_of(config); depth > detail::max_json_depth) {
    throw ValueError("save: a configuration of " + std::to_string(depth) +
                         " lists in one another, as of models in one another, would not be read again: at most " +
                         std::to_string(detail::max_json_depth) +
                         " are; weights alone can be written to .safetensors and .npz",
                     model.name());
  }
  if (!options.include_optimizer || !model.compiled()) return config;
  try {
    config.set("compile_config", model.get_compile_config());
  } catch (const ValueError& error) {
    std::cerr << "save: the model \"" << model.name()
              << "\" is written without what it was compiled with, so that it has to be compiled after loading: "
              << error.message() << std::endl;
  }
  return config;
}

}  // namespace xtape::saving
