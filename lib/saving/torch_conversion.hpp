#pragma once

#include <xtape/shape.hpp>

#include "saving/torch_modules.hpp"
#include "saving/weighted_layers.hpp"
#include "saving/weights_plan.hpp"

// From the weights of a module to those of a layer.
namespace xtape::saving {

// What rows are, with channels first as in PyTorch: [channels, places...]. Empty, or of one length, for rows that stay.
struct Images {
  Shape flattened, unflattened;
};

// Whether the layer has weights for each feature, whose order is that of the rows.
bool may_have_images(const WeightedLayer& layer);

// Notes what is missing, too much or of other shapes.
void plan_torch_module(const TorchModule& module, const WeightedLayer& layer, const Images& images, WeightsPlan& plan);

// Of one tensor and one weight, `name` in that layer.
void plan_torch_tensor(const std::string& tensor_name, const Tensor& tensor, const WeightedLayer& layer,
                       const layers::Variable& variable, WeightsPlan& plan);

// Whether the layer can take all weights of the module.
bool fits(const TorchModule& module, const WeightedLayer& layer);

}  // namespace xtape::saving
