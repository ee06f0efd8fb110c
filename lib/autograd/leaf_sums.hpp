#pragma once

#include <xtape/tensor.hpp>

#include <vector>

#include "autograd/gradient_sum.hpp"
#include "autograd/pointer_map.hpp"
#include "core/tensor_impl.hpp"

namespace xtape::autograd {

// The gradients of leaves that a run has collected. The leaves see nothing of them before the run is complete. They
// are not owned: the tensors that the run started from keep the graph.
class LeafSums {
 public:
  void add(core::TensorImpl* leaf, Tensor&& gradient);
  // Undefined if nothing was added.
  Tensor value(const core::TensorImpl* leaf) const;

  // Adds the sums to the grad() of the leaves: to all or, if it throws, to none. To be called once, without recording.
  void hand_over();

 private:
  struct Entry {
    core::TensorImpl* leaf;
    GradientSum sum;
  };

  std::vector<Entry> entries_;
  PointerMap<uint32_t> index_;
};

}  // namespace xtape::autograd
