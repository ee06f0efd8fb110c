#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/models/model.hpp>

#include "saving/tensor_axes.hpp"

// Where a model flattens images or makes images of rows: PyTorch has the channels first there, and their weights in
// another order.
namespace xtape::saving {

// A layer without weights that could be put in order, which does something else with another order.
struct FixedOrder {
  const layers::LayerImpl* layer;
  int64_t features;
  // What it takes.
  std::string what;
};

struct FeatureOrder {
  // By the layers that have the weights: what they take and what they return, where it is more than one order of
  // features that both have.
  std::unordered_map<const layers::LayerImpl*, FeatureRuns> inputs, outputs;
  std::vector<FixedOrder> fixed;
  // Outputs of the model, by number, that have another order than PyTorch's.
  std::vector<std::pair<std::size_t, FeatureRuns>> outputs_of_model;
};

// Follows the axes through functional and Sequential models, and such in others. In those of one's own, whose calls are
// not known, what a layer takes is compared with what others flatten.
FeatureOrder feature_order(const models::Model& model);

}  // namespace xtape::saving
