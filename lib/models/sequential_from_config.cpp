#include <string>
#include <unordered_map>
#include <utility>
#include <vector>
#include <xtape/detail/config_place.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/sequential.hpp>

#include "layers/build_config.hpp"
#include "models/config_limits.hpp"

// Apart from Sequential, so that a program that reads no models is not linked with all layers.
namespace xtape::models {
namespace {

struct SequentialFields {
  SequentialOptions options;
  // That of its layers counts.
  DType dtype = float32;
  std::vector<Config> layers;
  // What a model was built for; null if it was not.
  Config build_input_shape;

  void fields(Fields& f) {
    f("name", options.name)("trainable", options.trainable)("dtype", dtype)("layers", layers);
    f("build_input_shape", build_input_shape);
  }
};

// The name of a layer; empty where the configuration has none.
std::string name_in(const Config& layer) {
  const Config* options = layer.is_dict() ? layer.find("config") : nullptr;
  const Config* name = options && options->is_dict() ? options->find("name") : nullptr;
  return name && name->is_text() ? name->text() : std::string();
}

}  // namespace

Sequential Sequential::from_config(const Config& config) {
  auto given = read_fields<SequentialFields>(config, "Sequential");
  Sequential model(std::move(given.options));
  check_count_in_config("Sequential", "layers", given.layers.size());
  // A layer that is in it twice is written twice: no two layers of a model have one name.
  std::vector<std::pair<const Config*, layers::Layer>> made;
  std::unordered_map<std::string, std::size_t> by_name;
  for (const Config& config : given.layers) {
    const auto before = by_name.find(name_in(config));
    const bool again = before != by_name.end() && *made[before->second].first == config;
    made.emplace_back(&config, again ? made[before->second].second : layers::deserialize_unbuilt(config));
    if (!name_in(config).empty()) by_name.emplace(name_in(config), made.size() - 1);
    model.add(made.back().second);
  }
  if (!model.built() && !given.build_input_shape.is_null()) {
    Shape shape;
    xtape::from_config(given.build_input_shape, shape);
    model.build(shape);
  }
  // What it takes is not known: its layers may have been called one by one.
  if (!model.built()) {
    for (const auto& each : made) {
      detail::at_place(each.second.name(), [&] { layers::build_from_config(each.second.impl(), *each.first); });
    }
  }
  check_calls(model.Layer::impl());
  return model;
}

}  // namespace xtape::models
