#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/variable.hpp>
#include <xtape/tensor.hpp>

// Which of the stored weights of a layer is which, in Keras's older format: of a nested model it lists those first that
// training changes, so that what is frozen in it decides their order.
namespace xtape::saving {

using NamedWeights = std::vector<std::pair<std::string, Tensor>>;

struct StoredLayer {
  std::string name;
  NamedWeights weights;
  // Whether its weights are in the order that they have with nothing frozen.
  bool is_in_order = false;
};

// The weights of a layer with nothing frozen in it: all that training can change first.
std::vector<layers::Variable> in_order_unfrozen(const layers::LayerImpl& layer);

struct OrderedWeights {
  // One for each of the variables, as far as there are that many, and those that are left.
  NamedWeights weights;
  // What leaves open which is which.
  std::optional<std::string> problem = std::nullopt;
};

// The stored weights in the order of `variables`, all that the layer has: by their names where both have the same, or
// the same but for the numbers of layers without names; else layer by layer, where kinds, shapes and numbers in the
// names tell them.
OrderedWeights in_order_of(const std::vector<layers::Variable>& variables, const layers::LayerImpl& layer,
                           const StoredLayer& stored);

}  // namespace xtape::saving
