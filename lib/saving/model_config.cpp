#include "saving/model_config.hpp"

#include <algorithm>
#include <iostream>
#include <utility>
#include <xtape/detail/json_limits.hpp>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/json.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/model_impl.hpp>

#include "saving/batch_of_states.hpp"
#include "saving/map_dicts.hpp"
#include "saving/named_outputs.hpp"

namespace xtape::saving {
namespace {

// How many lists and dicts are in one another, and how many values there are with them.
struct Extent {
  std::size_t depth = 0, values = 1;
};

Extent extent_of(const Config& config) {
  Extent extent;
  const auto add = [&](const Config& value) {
    const Extent inside = extent_of(value);
    extent.depth = std::max(extent.depth, inside.depth);
    extent.values += inside.values;
  };
  if (config.is_list()) {
    for (const Config& each : config.list()) add(each);
  } else if (config.is_dict()) {
    for (const Config::Entry& entry : config.entries()) add(entry.value);
  } else {
    return extent;
  }
  ++extent.depth;
  return extent;
}

[[noreturn]] void refuse(const std::string& what, std::size_t most, const models::Model& model) {
  throw ValueError("save: a configuration of " + what + " would not be read again: at most " + std::to_string(most) +
                       " are; weights alone can be written to .safetensors and .npz",
                   model.name());
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
Config with_name_of_all_releases(Config initializer) {
  if (*initializer.find("class_name") == Config("Orthogonal")) {
    initializer.set("class_name", "OrthogonalInitializer");
  }
  return initializer;
}

// Up to 3.5 normalize has no epsilon.
Config with_options_of_all_releases(Config operation) {
  if (*operation.find("class_name") != Config("Normalize")) return operation;
  Config::Entries options = operation.find("config")->entries();
  std::erase_if(options, [](const Config::Entry& each) { return each.name == "epsilon" && each.value.is_null(); });
  operation.set("config", Config(std::move(options)));
  return operation;
}

bool is_operation(const Config& dict, const Config& module) {
  const Config* const options = dict.find("config");
  return module.is_text() && module.text().starts_with("keras.src.ops.") && dict.find("name") && options &&
         options->is_dict();
}

// Writes what all releases from 3.3 on read.
Config as_all_releases_read(const Config& config) {
  return map_dicts(config, [](Config dict) {
    const Config* const module = dict.find("module");
    if (!module || !dict.find("class_name")) return dict;
    if (*module == Config("keras.initializers")) return with_name_of_all_releases(std::move(dict));
    return is_operation(dict, *module) ? with_options_of_all_releases(std::move(dict)) : dict;
  });
}

}  // namespace

Config config_of(const models::Model& model, const SaveOptions& options) {
  Config config = with_batch_of_states(as_all_releases_read(layers::serialize(model)), model);
  const std::vector<Shape>& shapes = model.impl().build_shapes();
  if (shapes.size() > 1 && !model.impl().has_graph() && !config.find("build_config")) {
    config.set("build_config", built_for(shapes));
  }
  if (const Extent extent = extent_of(config); extent.depth > detail::max_json_depth) {
    refuse(std::to_string(extent.depth) + " lists in one another, as of models in one another,", detail::max_json_depth,
           model);
  } else if (extent.values > detail::max_json_values) {
    refuse(std::to_string(extent.values) + " values", detail::max_json_values, model);
  }
  if (!options.include_optimizer || !model.compiled()) return config;
  try {
    config.set("compile_config", model.get_compile_config());
  } catch (const ValueError& error) {
    std::cerr << "save: the model \"" << model.name()
              << "\" is written without what it was compiled with, so that it has to be compiled after loading: "
              << error.message() << std::endl;
  }
  return with_named_outputs(config, OrderOfLists::of_outputs);
}

std::string config_text(const Config& config, const models::Model& model) {
  std::string text = to_json(config);
  if (text.size() > max_json_bytes) refuse(std::to_string(text.size()) + " bytes", max_json_bytes, model);
  return text;
}

}  // namespace xtape::saving
