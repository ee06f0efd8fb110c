#pragma once

#include <xtape/layers/layer_impl.hpp>

// How the kernel of an EinsumDense lies, of which PyTorch's Linear has one form alone.
namespace xtape::saving {

struct EinsumKernel {
  // Whether it has one axis that is summed and one that is made, as that of a Linear.
  bool is_linear = false;
  // Whether that which is made comes first, as in PyTorch.
  bool makes_first = false;
  // Whether both are the last axes of what is taken and made.
  bool is_over_last = false;
};

// Of an EinsumDense.
EinsumKernel einsum_kernel(const layers::LayerImpl& layer);

}  // namespace xtape::saving
