#pragma once

#include <xtape/tensor.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "autograd/grad_slot.hpp"
#include "autograd/hooks.hpp"

namespace xtape::autograd {

// Who wants to see the gradients of a node's outputs. They lie in the node, not in the tensors, for gradients come to the
// node. Threads may use it at the same time.
class NodeHooks : public detail::Counted {
 public:
  using Slot = detail::Reference<core::TapeGrad>;

  explicit NodeHooks(uint32_t outputs) : outputs_(outputs) {}
  HookHandle add(uint32_t output, GradientHooks::Function hook);
  // Has runs of backward collect the gradient of an output in `slot`.
  void retain(uint32_t output, core::TapeGrad* slot);

  // Null if there are none.
  std::shared_ptr<GradientHooks> hooks(uint32_t output) const;
  std::vector<Slot> retained(uint32_t output) const;

 private:
  struct Output {
    std::shared_ptr<GradientHooks> hooks;
    std::vector<Slot> retained;
  };

  mutable std::atomic_flag lock_;
  std::vector<Output> outputs_;
};
inline void release_last(NodeHooks* hooks) noexcept { delete hooks; }

}  // namespace xtape::autograd
