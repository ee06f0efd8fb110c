#pragma once

#include <optional>
#include <xtape/layers/input_layer.hpp>
#include <xtape/models/model_impl.hpp>

namespace xtape::models {

// What the InputLayer of a Sequential model says; nothing where it was given none, and of other models.
std::optional<layers::InputLayerOptions> given_input(const ModelImpl& model);

}  // namespace xtape::models
