#pragma once

#include <cstddef>
#include <xtape/config.hpp>
#include <xtape/layers/layer_impl.hpp>

// What keeps the time that a configuration of a model takes in proportion: a few bytes can describe a model that never
// comes to an end.
namespace xtape::models {

// @throws ValueError for a list of more layers, inputs or outputs than a model can have.
void check_count_in_config(const char* model, const char* what, std::size_t count);

// @throws ValueError if a call of the model goes through more layers than that of a model that is read or written may:
// of models in each other, each of which calls the next one twice, there are 2^depth.
void check_calls(const layers::LayerImpl& model);

}  // namespace xtape::models
