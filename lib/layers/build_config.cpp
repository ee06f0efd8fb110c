#include "layers/build_config.hpp"

#include <algorithm>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/symbolic_call.hpp>

#include "layers/call_signature.hpp"

namespace xtape::layers {
namespace {

bool is_shape(const Config& config) {
  return config.is_list() && !config.list().empty() &&
         std::all_of(config.list().begin(), config.list().end(),
                     [](const Config& length) { return length.is_null() || length.is_number(); });
}

// A shape, lists of shapes, or shapes by name, in their order; nothing stands for none.
void collect(const Config& config, std::vector<Shape>& shapes) {
  if (is_shape(config)) {
    shapes.emplace_back();
    from_config(config, shapes.back());
  } else if (config.is_dict()) {
    for (const Config::Entry& entry : config.entries()) collect(entry.value, shapes);
  } else if (!config.is_null()) {
    for (const Config& each : config.list()) collect(each, shapes);
  }
}

// A dict of shapes in the order in which the layer takes them, as far as it says what it calls them.
Config in_order(const Config& config, const std::vector<std::string>& names) {
  if (!config.is_dict()) return config;
  Config::List known;
  for (const std::string& name : names) {
    if (const Config* shape = config.find(name + "_shape")) known.push_back(*shape);
  }
  return known.size() == config.entries().size() ? Config(std::move(known)) : config;
}

Config list_of(const std::vector<Shape>& shapes, std::size_t first = 0) {
  Config::List list;
  for (std::size_t i = first; i < shapes.size(); ++i) list.push_back(to_config(shapes[i]));
  return list;
}

// Of a layer of one's own that takes several tensors, by the names that it says: one each, and the last one a list of
// all the rest; nothing where it says none.
std::optional<Config> build_config_by_names(const LayerImpl& layer) {
  const std::vector<Shape>& shapes = layer.build_shapes();
  const std::vector<std::string> names = layer.call_argument_names();
  if (names.empty()) return std::nullopt;
  Config config = Config::dict();
  if (names.size() == 1) {
    config.set("input_shape", list_of(shapes));
    return config;
  }
  Config named = Config::dict();
  for (std::size_t i = 0; i < std::min(names.size(), shapes.size()); ++i) {
    const bool is_rest = i + 1 == names.size() && i + 1 < shapes.size();
    named.set(names[i] + "_shape", is_rest ? list_of(shapes, i) : to_config(shapes[i]));
  }
  config.set("shapes_dict", std::move(named));
  return config;
}

Symbol input_of(const Shape& shape) {
  const InputLayer input(Shape(shape.begin() + 1, shape.end()), {.name = "input"});
  return SymbolicCall::make(input.impl(), {}, {shape})->outputs().front();
}

}  // namespace

std::optional<Config> build_config_of(const LayerImpl& layer) {
  if (!layer.built() || layer.build_shape().empty() || InputLayer::is(layer)) return std::nullopt;
  const CallSignature signature = call_signature(layer);
  Config config = Config::dict();
  if (signature.inputs == 1 && !signature.ends_in_list) {
    if (signature.is_open && layer.build_shapes().size() > 1) return build_config_by_names(layer);
    config.set("input_shape", to_config(layer.build_shape()));
    return config;
  }
  // Cells are built for their inputs alone.
  if (signature.inputs == 2) {
    config.set("input_shape", to_config(layer.build_shape()));
    return config;
  }
  std::vector<Shape> shapes = layer.build_shapes();
  if (signature.arguments[0] == "query") {
    if (shapes.size() == 1) shapes.push_back(shapes.front());
    Config named = Config::dict();
    const char* const names[] = {"query_shape", "value_shape", "key_shape"};
    for (std::size_t i = 0; i < std::min<std::size_t>(shapes.size(), 3); ++i) named.set(names[i], to_config(shapes[i]));
    config.set("shapes_dict", std::move(named));
    return config;
  }
  config.set("input_shape", list_of(shapes));
  return config;
}

void build_from_config(LayerImpl& layer, const Config& config) {
  const Config* given = config.find("build_config");
  if (layer.built() || !given || !given->is_dict()) return;
  try {
    std::vector<Shape> shapes;
    for (const char* name : {"input_shape", "shapes_dict"}) {
      if (const Config* value = given->find(name); value && shapes.empty())
        collect(in_order(*value, layer.call_argument_names()), shapes);
    }
    if (shapes.size() == 1) {
      for (const int64_t length : shapes.front()) {
        if (length < -1) throw ValueError("lengths must be positive or null, given " + given->str());
      }
      layer.ensure_built(shapes.front());
    } else if (!shapes.empty()) {
      std::vector<Symbol> inputs;
      for (const Shape& shape : shapes) inputs.push_back(input_of(shape));
      layer.connect({.inputs = std::move(inputs)});
    }
  } catch (Error& error) {
    error.set_message("build_config: " + error.message());
    throw;
  }
}

}  // namespace xtape::layers
