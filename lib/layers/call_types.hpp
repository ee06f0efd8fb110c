#pragma once

#include <cstddef>
#include <vector>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

// A layer whose outputs are not all of its own type: an operation, a model.
class TellsOutputTypes {
 public:
  virtual ~TellsOutputTypes() = default;
  // One for each output of that call.
  virtual std::vector<DType> output_dtypes(const Arguments<Symbol>& arguments) = 0;
};

// A layer that hands whole numbers on as they are: one that moves numbers and computes none, or adds or compares them.
class KeepsIntegers {
 public:
  virtual ~KeepsIntegers() = default;
};

// The types of what a call of the layer returns. @throws what the layer does for a call that it does not take.
std::vector<DType> output_dtypes(LayerImpl& layer, const Arguments<Symbol>& arguments, std::size_t outputs);

}  // namespace xtape::layers
