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

// The inputs or outputs of a call of `layer` as Keras counts them: those of a model that has them by name in the order of
// names.
std::vector<std::size_t> listed_inputs(const layers::LayerImpl& layer, std::size_t count);
std::vector<std::size_t> listed_outputs(const layers::LayerImpl& layer, std::size_t count);

// By which names `layer` takes its inputs, if it is a model that does.
std::vector<std::string> given_input_names(const layers::LayerImpl& layer);

}  // namespace xtape::models
