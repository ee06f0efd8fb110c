#include <xtape/error.hpp>
#include <xtape/tensor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "autograd/flag_lock.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/grad_slot.hpp"
#include "autograd/in_place.hpp"
#include "autograd/leaf_watch.hpp"
#include "autograd/lift.hpp"
#include "autograd/node.hpp"
#include "autograd/node_hooks.hpp"
#include "autograd/trace.hpp"
#include "core/checks.hpp"

// The part of Tensor that is about gradients.
namespace xtape {
namespace {

// What was there before is destroyed by the caller of this, outside of the lock.
Tensor exchange_grad(const Tensor& x, Tensor grad) {
  autograd::GradSlot* slot = autograd::find_grad_slot(core::impl(x));
  if (!slot) {
    if (!grad.defined()) return {};
    slot = &autograd::grad_slot(core::impl(x));
  }
  const autograd::FlagLock lock(slot->lock);
  if (autograd::trace) [[unlikely]]
    autograd::trace->keep(*slot);
  std::swap(slot->grad, grad);
  return grad;
}

// Of a tensor that gradients come to.
core::TensorImpl* differentiable(const char* operation, const Tensor& x) {
  core::check_defined(operation, x);
  core::TensorImpl* tensor = core::impl(x);
  if (!tensor->requires_grad) {
    throw AutogradError(std::string(operation) + ": the tensor of shape " + tensor->shape.str() +
                        " does not require a gradient");
  }
  return tensor;
}

// The list in a leaf's slot, which is made where there is none.
template <class List>
std::shared_ptr<List> hooks_of_leaf(core::TensorImpl* leaf, std::shared_ptr<List> autograd::GradSlot::*place) {
  autograd::GradSlot& slot = autograd::grad_slot(leaf);
  const autograd::FlagLock lock(slot.lock);
  if (!(slot.*place)) slot.*place = std::make_shared<List>(&autograd::leaf_hook_count);
  return slot.*place;
}

}  // namespace

void* Tensor::write_address(DType dtype) const {
  const void* address = read_address(dtype);
  core::TensorImpl* tensor = core::impl(*this);
  // A leaf may be filled through its address; a result of the tape may not.
  if (tensor->node) autograd::check_in_place("data", *this);
  autograd::check_without_lift("data", *this);
  core::check_writable("data", *this);
  tensor->storage->count_change();
  return const_cast<void*>(address);
}

bool Tensor::requires_grad() const { return handle_ && core::impl(*this)->requires_grad; }

bool Tensor::is_leaf() const {
  core::check_defined("is_leaf", *this);
  return !core::impl(*this)->node;
}

const Tensor& Tensor::set_requires_grad(bool requires_grad) const {
  core::check_defined("set_requires_grad", *this);
  core::TensorImpl* tensor = core::impl(*this);
  if (tensor->node) {
    throw AutogradError("set_requires_grad: the tensor of shape " + tensor->shape.str() +
                        " was computed by a recorded operation; detach it first");
  }
  if (requires_grad) core::check_floating("set_requires_grad", *this);
  tensor->requires_grad = requires_grad;
  return *this;
}

Tensor Tensor::detach() const {
  core::check_defined("detach", *this);
  return autograd::detached(*this);
}

Tensor Tensor::grad() const {
  core::check_defined("grad", *this);
  autograd::GradSlot* slot = autograd::find_grad_slot(core::impl(*this));
  if (!slot) return {};
  const autograd::FlagLock lock(slot->lock);
  return slot->grad;
}

void Tensor::set_grad(const Tensor& grad) const {
  core::check_defined("set_grad", *this);
  const core::TensorImpl* tensor = core::impl(*this);
  if (grad.defined()) {
    if (autograd::has_live_lift(grad)) {
      throw AutogradError("set_grad: a gradient of shape " + grad.shape().str() +
                          " that belongs to a transform (vmap, jvp) would outlive it; return it from the function");
    }
    if (grad.shape() != tensor->shape) {
      throw ShapeError("set_grad: the gradient must have shape " + tensor->shape.str() + ", got " + grad.shape().str());
    }
    if (grad.dtype() != tensor->dtype) {
      throw DTypeError(std::string("set_grad: the gradient must be ") + name(tensor->dtype) + ", got " +
                       name(grad.dtype()));
    }
  }
  exchange_grad(*this, grad);
}

void Tensor::zero_grad() const {
  core::check_defined("zero_grad", *this);
  exchange_grad(*this, Tensor());
}

void Tensor::retain_grad() const {
  core::TensorImpl* tensor = differentiable("retain_grad", *this);
  if (!tensor->node) return;
  autograd::grad_slot(tensor);
  static_cast<autograd::Node&>(*tensor->node).hooks().retain(tensor->output_index, tensor->grad.get());
}

HookHandle Tensor::add_hook(std::function<Tensor(const Tensor&)> hook) const {
  core::TensorImpl* tensor = differentiable("register_hook", *this);
  if (!hook) throw ValueError("register_hook: the function is empty");
  if (tensor->node) {
    return static_cast<autograd::Node&>(*tensor->node).hooks().add(tensor->output_index, std::move(hook));
  }
  return hooks_of_leaf(tensor, &autograd::GradSlot::hooks)->add(std::move(hook));
}

HookHandle Tensor::add_hook(std::function<void(const Tensor&)> hook) const {
  if (!hook) throw ValueError("register_hook: the function is empty");
  return add_hook(std::function<Tensor(const Tensor&)>([hook = std::move(hook)](const Tensor& gradient) {
    hook(gradient);
    return Tensor();
  }));
}

HookHandle Tensor::register_post_accumulate_grad_hook(std::function<void(const Tensor&)> hook) const {
  core::TensorImpl* tensor = differentiable("register_post_accumulate_grad_hook", *this);
  if (!hook) throw ValueError("register_post_accumulate_grad_hook: the function is empty");
  if (tensor->node) {
    throw AutogradError("register_post_accumulate_grad_hook: the tensor of shape " + tensor->shape.str() +
                        " was computed by a recorded operation; its gradient is collected nowhere, use register_hook");
  }
  return hooks_of_leaf(tensor, &autograd::GradSlot::leaf_hooks)->add(std::move(hook));
}

}  // namespace xtape
