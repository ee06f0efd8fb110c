#pragma once

#include <functional>
#include <string>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/models/model.hpp>

namespace xtape::saving {

// The model that a configuration describes. @throws ValueError, beginning with the file's name, that lists the problems
// of all layers.
models::Model model_of(const Config& config, const std::string& file);

// All that is wrong with what a configuration says: its options, or what else reading it throws. @throws OutOfMemory.
std::vector<std::string> problems_of(const std::function<void()>& read);

}  // namespace xtape::saving
