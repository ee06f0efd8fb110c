#include "autograd/node_hooks.hpp"

#include <algorithm>
#include <utility>

namespace xtape::autograd {

HookHandle NodeHooks::add(uint32_t output, GradientHooks::Function hook) {
  std::shared_ptr<GradientHooks> hooks;
  {
    const FlagLock lock(lock_);
    Output& place = outputs_[output];
    if (!place.hooks) place.hooks = std::make_shared<GradientHooks>(nullptr);
    hooks = place.hooks;
  }
  return hooks->add(std::move(hook));
}

void NodeHooks::retain(uint32_t output, core::TapeGrad* slot) {
  const FlagLock lock(lock_);
  std::vector<Slot>& retained = outputs_[output].retained;
  const auto same = [&](const Slot& each) { return each.get() == slot; };
  if (std::none_of(retained.begin(), retained.end(), same)) retained.push_back(Slot::share(slot));
}

std::shared_ptr<GradientHooks> NodeHooks::hooks(uint32_t output) const {
  const FlagLock lock(lock_);
  return outputs_[output].hooks;
}

std::vector<NodeHooks::Slot> NodeHooks::retained(uint32_t output) const {
  const FlagLock lock(lock_);
  return outputs_[output].retained;
}

}  // namespace xtape::autograd
