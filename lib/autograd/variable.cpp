#include "autograd/variable.hpp"

#include <xtape/mask.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/flag_lock.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/grad_slot.hpp"
#include "core/tensor_impl.hpp"

namespace xtape::autograd {

Tensor cut_off(const Tensor& x) {
  Tensor plain = core::make_alias(x);
  core::impl(plain)->lift = core::impl(x)->lift;
  return plain;
}

Tensor kept_by_result(const Tensor& x) {
  if (core::impl(x)->requires_grad && !recording) return cut_off(x);
  return core::impl(x)->annotation ? core::without_annotation(x) : x;
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
