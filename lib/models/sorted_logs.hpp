#pragma once

#include <xtape/callbacks/logs.hpp>

namespace xtape::models {

// The entries in alphabetical order of their names, in which Keras hands them to callbacks.
void sort_by_name(callbacks::Logs& logs);

}  // namespace xtape::models
