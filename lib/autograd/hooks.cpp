#include "autograd/hooks.hpp"

#include <xtape/error.hpp>

#include <string>

namespace xtape {

void HookHandle::remove() const {
  if (const std::shared_ptr<autograd::HookOwner> owner = owner_.lock()) owner->remove(number_);
}

namespace autograd {

Tensor call_hooks(const std::shared_ptr<GradientHooks>& hooks, Tensor gradient,
                  const std::function<std::string()>& owner) {
  if (!hooks || !gradient.defined()) return gradient;
  const std::shared_ptr<const GradientHooks::List> list = hooks->list();
  for (const GradientHooks::Hook& hook : *list) {
    Tensor other = (*hook.function)(gradient);
    if (!other.defined()) continue;
    if (other.shape() != gradient.shape() || other.dtype() != gradient.dtype()) {
      throw AutogradError("register_hook: a hook of " + owner() + " must return a gradient of shape " +
                          gradient.shape().str() + " and type " + name(gradient.dtype()) + ", or an undefined tensor; got " +
                          other.shape().str() + " and " + name(other.dtype()));
    }
    gradient = std::move(other);
  }
  return gradient;
}

}  // namespace autograd
}  // namespace xtape
