#pragma once

#include <unordered_map>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/models/model.hpp>
#include <xtape/shape.hpp>

// Where a model flattens images or makes images of rows: PyTorch has the channels first there, and their weights in
// another order.
namespace xtape::saving {

struct FlatFeatures {
  // [places..., channels]; empty where features were never flattened, or where the order does not matter.
  Shape shape;
  // Whether they are images for certain, with channels first in PyTorch: sequences may have their features last there
  // too.
  bool is_sure = false;
};

struct FeatureOrder {
  // By what takes them, and by what returns them.
  std::unordered_map<const layers::LayerImpl*, FlatFeatures> inputs, outputs;
};

// Of functional and Sequential models, and such in others.
FeatureOrder feature_order(const models::Model& model);

}  // namespace xtape::saving
