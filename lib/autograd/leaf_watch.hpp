#pragma once

#include <xtape/tensor.hpp>

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "autograd/selection.hpp"
#include "core/tensor_impl.hpp"

namespace xtape::autograd {

// The hooks of all leaves of the process. While there are none, no run looks for leaves that have some.
extern constinit std::atomic<int64_t> leaf_hook_count;

// Tells when the gradients of leaves with hooks are final in a run: nodes run in the order of falling sequence numbers,
// so it is when those that are left have lower numbers than every node that uses the leaf. This holds too where nodes
// do not run because no gradient came to them.
class LeafWatch {
 public:
  // For a run from these tensors, which follows the edges that lead to what is selected, or all.
  LeafWatch(std::span<const Tensor> roots, const Selection* selection);
  // Takes out a leaf whose gradient is final when the next node to run has this number, or 0 for none; null where there
  // is no other.
  core::TensorImpl* take_final(uint64_t next);

 private:
  struct Watched {
    core::TensorImpl* leaf;
    // Of the nodes that use it, the lowest number.
    uint64_t lowest;
  };

  // The one that is final first stands last.
  std::vector<Watched> leaves_;
};

}  // namespace xtape::autograd
