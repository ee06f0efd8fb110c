#pragma once

#include <string>
#include <xtape/config.hpp>

namespace xtape::detail {

/// What the layer that a configuration describes is called; where it says no name, the class, or nothing.
inline std::string name_in_config(const Config& layer) {
  if (!layer.is_dict()) return "";
  const Config* const options = layer.find("config");
  const Config* const inside = options && options->is_dict() ? options->find("name") : nullptr;
  for (const Config* name : {inside, layer.find("name"), layer.find("class_name")}) {
    if (name && name->is_text()) return name->text();
  }
  return "";
}

}  // namespace xtape::detail
