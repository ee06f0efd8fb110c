#include "layers/lone_output.hpp"

#include <utility>

namespace xtape::layers {

Config with_lone_output(Config layer) {
  const Config* const options = layer.find("config");
  const Config* const outputs = options && options->is_dict() ? options->find("output_layers") : nullptr;
  if (!outputs) return layer;
  Config changed = *options;
  if (outputs->is_list() && outputs->list().size() == 1) changed.set("output_layers", outputs->list().front());
  if (outputs->is_dict() && outputs->entries().size() == 1) {
    changed.set("output_layers", outputs->entries().front().value);
  }
  layer.set("config", std::move(changed));
  return layer;
}

}  // namespace xtape::layers
