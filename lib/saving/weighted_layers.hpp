#pragma once

#include <string>
#include <vector>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/models/model.hpp>

namespace xtape::saving {

// A layer of a model with weights that is no container of others; what wraps one layer stands for that.
struct WeightedLayer {
  // By names, below the model: "encoder/dense".
  std::string path;
  // That whose name it is.
  const layers::LayerImpl* outer;
  // That which has the weights: the cell of an LSTM, the layer in a TimeDistributed.
  const layers::LayerImpl* inner;
};

// In the order of their weights; a layer in several places is in the first one.
std::vector<WeightedLayer> weighted_layers(const models::Model& model);

// Its weights: of a Bidirectional those of both layers.
std::vector<layers::Variable> weights_of(const WeightedLayer& layer);

}  // namespace xtape::saving
