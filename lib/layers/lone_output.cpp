#include "layers/lone_output.hpp"

#include <utility>

namespace xtape::layers {

Config with_lone_output(Config layer) {
  const Config* const options = layer.find("config");
  const Config* const outputs = options && options->is_dict() ? options->find("output_layers") : nullptr;
  if (!outputs || !outputs->is_list() || outputs->list().size() != 1) return layer;
  Config changed = *options;
  changed.set("output_layers", outputs->list().front());
  layer.set("config", std::move(changed));
  return layer;
}

}  // namespace xtape::layers
