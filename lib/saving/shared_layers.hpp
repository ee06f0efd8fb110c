#pragma once

#include <xtape/detail/written_layers.hpp>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::saving {

// @throws ValueError for a layer with weights that a layer of the model makes itself when it is read, and that is
// elsewhere too, or that is described as two layers: it would be two layers then.
void check_shared_again(const layers::LayerImpl& model, const layers::WrittenLayers& written);

// @throws ValueError for a layer with weights at several places in one of the model's layers: Keras's older format has
// the weights of each layer of a model, those in it once, and Keras, which reads two layers, does not read them.
void check_shared_in_parts(const layers::LayerImpl& model, const layers::WrittenLayers& written);

}  // namespace xtape::saving
