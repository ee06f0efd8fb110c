#pragma once

#include <cstdint>
#include <string>
#include <vector>
#include <xtape/models/functional_impl.hpp>

#include "models/graph.hpp"

namespace xtape::models {

// The symbols by these names; by position if there are none.
Symbols with_names(const std::vector<std::string>& names, const std::vector<Symbol>& symbols);

// Where the inputs and outputs of a model are listed, Keras counts the calls of a Functional in it from 1, for its own
// graph is the first. In the arguments of calls it counts them from 0, as those of other layers everywhere.
int64_t first_listed_call(const layers::LayerImpl& layer);

}  // namespace xtape::models
