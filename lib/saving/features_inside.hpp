#pragma once

#include <optional>
#include <vector>
#include <xtape/layers/layer_impl.hpp>

#include "saving/tensor_axes.hpp"

// What the layers in one whose calls are not known may take and make: guessed from lengths alone.
namespace xtape::saving {

struct LayerInside {
  layers::LayerImpl* layer;
  // What it takes, where PyTorch may have that in another order.
  std::optional<FeatureRun> taken = {};
  // Whether the steps that it takes may be elements of images.
  bool takes_mixed_steps = false;
  // What it makes that may become an image.
  std::vector<FeatureRun> made = {};
};

// The layers, built ones, that a layer which is no model of known calls is made of. They may flatten what it is given,
// and take what was flattened.
std::vector<LayerInside> layers_inside(const layers::LayerImpl& layer, const std::vector<TensorAxes>& inputs);

}  // namespace xtape::saving
