#pragma once

#include <xtape/tensor.hpp>

#include <atomic>
#include <memory>

#include "autograd/hooks.hpp"
#include "core/tensor_impl.hpp"

namespace xtape::autograd {

// Where a tensor collects its gradient, and who is told of it. Threads may read, replace and add at the same time: all
// members are read and written under the lock.
struct GradSlot final : core::TapeGrad {
  Tensor grad;
  // Of a leaf; those of a result are its node's (node_hooks.hpp).
  std::shared_ptr<GradientHooks> hooks;
  std::shared_ptr<LeafHooks> leaf_hooks;
  // Of a variable whose call has ended (variable.hpp): it is no leaf for others.
  bool ended = false;
  std::atomic_flag lock;
};

// Null where nobody has asked for it yet.
inline GradSlot* find_grad_slot(const core::TensorImpl* tensor) { return static_cast<GradSlot*>(tensor->grad.get()); }
inline GradSlot& grad_slot(core::TensorImpl* tensor) {
  return static_cast<GradSlot&>(*tensor->grad.get_or([]() -> core::TapeGrad* { return new GradSlot; }));
}

}  // namespace xtape::autograd
