#pragma once

#include <unordered_map>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/models/model.hpp>

#include "saving/tensor_axes.hpp"

// Where a model flattens images or makes images of rows: PyTorch has the channels first there, and their weights in
// another order.
namespace xtape::saving {

struct FeatureOrder {
  // By the layers that have the weights: what they take and what they return, where it is more than one order of
  // features that both have.
  std::unordered_map<const layers::LayerImpl*, FeatureRuns> inputs, outputs;
};

// Follows the axes through functional and Sequential models, and such in others. In those of one's own, whose calls are
// not known, what a layer takes is compared with what others flatten.
FeatureOrder feature_order(const models::Model& model);

}  // namespace xtape::saving
