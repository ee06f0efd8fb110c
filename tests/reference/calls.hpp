#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>
#include <xtape/tensor.hpp>

#include "config.hpp"

// The operations by their public names, as cases call them.
namespace xtape::test {

using Tensors = std::vector<Tensor>;

/// Inputs, undefined where left out, and further arguments -> results.
using Call = std::function<Tensors(const Tensors& x, const Config& arguments)>;
using Calls = std::map<std::string, Call>;

const Calls& all_calls();

// Those of each folder of lib/ops.
Calls attention_calls();
Calls convolution_calls();
Calls creation_calls();
Calls elementwise_calls();
Calls image_calls();
Calls indexing_calls();
Calls linalg_calls();
Calls normalization_calls();
Calls recurrent_calls();
Calls reduction_calls();
Calls shape_calls();
Calls softmax_calls();

/// The argument "axis".
inline int axis_of(const Config& arguments, int otherwise) {
  return static_cast<int>(arguments.integer("axis", otherwise));
}

}  // namespace xtape::test
