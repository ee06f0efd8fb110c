#pragma once

#include <string>
#include <xtape/config.hpp>
#include <xtape/models/model.hpp>

namespace xtape::saving {

// The model that a configuration describes. @throws ValueError, beginning with the file's name, that lists the problems
// of all layers.
models::Model model_of(const Config& config, const std::string& file);

}  // namespace xtape::saving
