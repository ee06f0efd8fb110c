#pragma once

#include <cstddef>
#include <vector>
#include <xtape/detail/tells_output_types.hpp>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

// A layer that hands whole numbers on as they are: one that moves numbers and computes none, or adds or compares them.
class KeepsIntegers {
 public:
  virtual ~KeepsIntegers() = default;
};

// The types of what a call of the layer returns. @throws what the layer does for a call that it does not take.
std::vector<DType> output_dtypes(LayerImpl& layer, const Arguments<Symbol>& arguments, std::size_t outputs);

}  // namespace xtape::layers
