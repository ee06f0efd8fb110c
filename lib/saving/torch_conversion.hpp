#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "saving/feature_index.hpp"
#include "saving/torch_modules.hpp"
#include "saving/weighted_layers.hpp"
#include "saving/weights_plan.hpp"

// From the weights of a module to those of a layer.
namespace xtape::saving {

// Where PyTorch has the features that a layer takes and returns.
struct FeatureIndices {
  FeatureIndex inputs, outputs;
};

// Why PyTorch has no module that computes the same; empty if it has.
std::string refusal_of(const WeightedLayer& layer);

// How many features the layer takes and returns whose order is that of its weights; nothing where it has none, or where
// it has them in a way that cannot be put in order.
std::optional<int64_t> features_taken(const WeightedLayer& layer);
std::optional<int64_t> features_returned(const WeightedLayer& layer);

// Notes what is missing, too much or of other shapes.
void plan_torch_module(const TorchModule& module, const WeightedLayer& layer, const FeatureIndices& indices,
                       WeightsPlan& plan);

// Of one tensor and one weight of that layer.
void plan_torch_tensor(const std::string& tensor_name, const Tensor& tensor, const WeightedLayer& layer,
                       const layers::Variable& variable, const FeatureIndices& indices, WeightsPlan& plan);

// Whether the layer can take all weights of the module.
bool fits(const TorchModule& module, const WeightedLayer& layer);

}  // namespace xtape::saving
