#pragma once

#include <string>
#include <string_view>
#include <xtape/layers/layer_impl.hpp>

// What layers do with the order of features, by their classes.
namespace xtape::saving {

// Layers and operations that keep each element where it is.
bool keeps_elements(const layers::LayerImpl& layer, const std::string& kind);
// Those that take several inputs together, element by element.
bool merges_elements(const layers::LayerImpl& layer, const std::string& kind);
bool pools_all(std::string_view kind);
bool changes_places(std::string_view kind);
bool is_convolution(std::string_view kind);

// Layers with kernels that do the same with each step.
bool takes_steps_alike(const layers::LayerImpl& layer, std::string_view kind);
// Whether its outputs are features of their own, in the order of its weights.
bool makes_features(const layers::LayerImpl& layer);
// The layer that has the weights of one around it: the cell of a recurrent layer, of several the first.
const layers::LayerImpl& with_weights(const layers::LayerImpl& layer);

bool is_recurrent(const layers::LayerImpl& layer);
// Of layers whose calls are its own.
bool is_container(const layers::LayerImpl& layer);
// Whether it is a model whose calls are known.
bool has_graph(layers::LayerImpl& layer);

}  // namespace xtape::saving
