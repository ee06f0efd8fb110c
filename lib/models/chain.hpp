#pragma once

#include <cstddef>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::models {

// What the layers, which are parts of the model that calls, make of x one after the other. Two that are faster in one
// pass are computed in one.
template <class Layers>
Tensor run_chain(const Layers& layers, const Tensor& x) {
  Tensor result = x;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (i + 1 < layers.size() && layers[i]->fuses(*layers[i + 1])) {
      result = layers[i]->apply_fused(*layers[i + 1], result);
      ++i;
    } else {
      result = layers[i]->apply_part(result);
    }
  }
  return result;
}

}  // namespace xtape::models
