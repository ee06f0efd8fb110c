#pragma once

#include <xtape/tensor.hpp>

#include <vector>

#include "autograd/grad_slot.hpp"
#include "autograd/gradient_sum.hpp"
#include "autograd/pointer_map.hpp"
#include "core/tensor_impl.hpp"

namespace xtape::autograd {

// The gradients that a run has collected for leaves, and for results that retain theirs. Nobody sees anything of them
// before the run is complete, or hands over one. Leaves and slots are not owned: the tensors that the run started from
// keep the graph.
class LeafSums {
 public:
  void add(core::TensorImpl* leaf, Tensor&& gradient);
  // Undefined if nothing was added.
  Tensor value(const core::TensorImpl* leaf) const;
  // Replaces what was added.
  void set(const core::TensorImpl* leaf, Tensor gradient);
  // Calls function(gradient) for each leaf that was not handed over.
  template <class Function>
  void for_each_leaf(const Function& function) const {
    for (const Entry& entry : entries_) {
      if (entry.leaf) function(entry.sum.value());
    }
  }
  // The gradient of a result.
  void retain(GradSlot* slot, const Tensor& gradient);

  // Adds the sums to the grad() of their tensors: to all or, if it throws, to none. To be called once, without recording.
  void hand_over();
  // The same for one leaf, at once.
  void hand_over(core::TensorImpl* leaf);

 private:
  struct Entry {
    // Of a leaf, which has none before it is needed, null.
    GradSlot* slot;
    core::TensorImpl* leaf;
    GradientSum sum;
  };

  std::vector<Entry> entries_;
  // Whether a leaf was handed over already.
  bool some_left_ = false;
  PointerMap<uint32_t> index_;
};

}  // namespace xtape::autograd
