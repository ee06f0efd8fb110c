#include "autograd/variable.hpp"

#include <xtape/mask.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/flag_lock.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/grad_slot.hpp"
#include "autograd/lift.hpp"
#include "autograd/node.hpp"
#include "autograd/node_hooks.hpp"
#include "core/tensor_impl.hpp"

namespace xtape::autograd {

Tensor cut_off(const Tensor& x) {
  Tensor plain = core::make_alias(x);
  core::impl(plain)->lift = core::impl(x)->lift;
  return plain;
}

Tensor kept_by_result(const Tensor& x) {
  const core::TensorImpl* tensor = core::impl(x);
  if (!recording && (tensor->requires_grad || recorded_below(x) != 0)) {
    // An operation that is not recorded withholds what lies outside of a transform, and keeps the transform's tangents.
    return tensor->lift ? reshape(x, x.shape()) : cut_off(x);
  }
  return tensor->annotation ? core::without_annotation(x) : x;
}

bool gradient_is_watched(const Tensor& x) {
  const core::TensorImpl* tensor = core::impl(x);
  const auto* node = static_cast<const Node*>(tensor->node.get());
  const NodeHooks* hooks = node && node->rest() ? node->rest()->hooks.get() : nullptr;
  return hooks && (hooks->hooks(tensor->output_index) || !hooks->retained(tensor->output_index).empty());
}

Tensor masked_as(Tensor result, const Tensor& x) {
  // A mask is an annotation.
  if (!core::impl(x)->annotation || !has_mask(x) || has_mask(result)) return result;
  return with_mask(result, mask_of(x));
}

Tensor own_argument(const Tensor& x) { return x.requires_grad() ? x : masked_as(cut_off(x), x); }

Tensor variable(const Tensor& x, bool linked) {
  if (linked && x.requires_grad()) return masked_as(reshape(x, x.shape()), x);
  Tensor leaf = masked_as(cut_off(x), x);
  core::impl(leaf)->requires_grad = true;
  return leaf;
}

void end_variable(const Tensor& variable) {
  core::TensorImpl* tensor = core::impl(variable);
  // A graph that goes with the call needs no mark.
  if (tensor->node || tensor->references.load(std::memory_order_acquire) == 1) return;
  GradSlot& slot = grad_slot(tensor);
  const FlagLock lock(slot.lock);
  slot.ended = true;
}

}  // namespace xtape::autograd
