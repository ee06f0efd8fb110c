#include "autograd/tangent_level.hpp"

#include <array>
#include <cstddef>
#include <new>
#include <tuple>
#include <utility>
#include <xtape/ops/creation.hpp>

#include "autograd/lent.hpp"
#include "autograd/variable.hpp"

namespace xtape::autograd {
namespace {

// A lift and the header of the tensor that it is made for, in one block. The header holds the lift, as every header
// with that lift does; the memory goes when all of them are gone.
struct LiftWithHeader final : Lift {
  using Lift::Lift;
  alignas(core::TensorImpl) std::byte header[sizeof(core::TensorImpl)];
};

}  // namespace

Tensor TangentLevel::lift_unusual(const Tensor& value, const Tensor& tangent) const {
  if (!tangent.defined()) return without_dead_lifts(value);
  return masked_as(lifted(without_dead_lifts(value), without_dead_lifts(tangent)), value);
}

Tensor TangentLevel::lifted(Tensor&& value, Tensor&& tangent) const {
  auto* lift = new LiftWithHeader(number(), std::move(value), std::move(tangent));
  auto* header = ::new (lift->header) core::TensorImpl(core::TensorImpl::Alias{}, *core::impl(lift->value));
  header->lift = detail::Reference<const core::Lift>::adopt(lift);
  header->within_lift = true;
  return Tensor(detail::Reference<core::TensorHandle>::adopt(header));
}

void TangentLevel::take_off(Tensor& x, Tensor& tangent) const {
  if (!lifts(x)) {
    std::tie(x, tangent) = lower(x);
  } else {
    const Lift* lift = lift_of(x);
    tangent = lift->tangent;
    x = Tensor(lift->value);
  }
}

std::pair<Tensor, Tensor> TangentLevel::lower(const Tensor& x) const {
  if (lifts(x)) return {lift_of(x)->value, lift_of(x)->tangent};
  Tensor living = without_dead_lifts(x);
  return lifts(living) ? lower(living) : std::pair(std::move(living), Tensor());
}

bool TangentLevel::run_at_once(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs) const {
  if (has_ended()) return false;
  const bool may_record = recording || recording_outside();
  const Tensor zero;
  // The inputs hold both.
  std::array<const Tensor*, OpTable::most_dual_inputs> values, tangents;
  bool any_here = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    values[i] = &inputs[i];
    tangents[i] = &zero;
    const core::TensorImpl* x = core::impl(inputs[i]);
    if (!x) continue;
    if (may_record && x->requires_grad) return false;
    const Lift* lift = lift_of(inputs[i]);
    if (!lift) continue;
    if (lift->level != number()) return false;
    const core::TensorImpl *value = core::impl(lift->value), *tangent = core::impl(lift->tangent);
    if (value->lift || tangent->lift || (may_record && (value->requires_grad || tangent->requires_grad))) return false;
    values[i] = &lift->value;
    tangents[i] = &lift->tangent;
    any_here = true;
  }
  Tensor tangent;
  if (!any_here || !op.table->dual(op.op, values.data(), tangents.data(), outputs, tangent)) return false;
  outputs[0] = lifted(std::move(outputs[0]), std::move(tangent));
  return true;
}

void TangentLevel::run(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs) const {
  if (!op.table->jvp && op.table->decompose) return op.table->decompose(op.op, inputs, outputs);
  const std::size_t input_count = inputs.size(), all_count = input_count + outputs.size();
  // What is below of inputs and outputs, then tangents of outputs and inputs; the inputs hold theirs.
  LentAndOwn<8> places(input_count, 2 * outputs.size(), input_count);
  const std::span<Tensor> all = places.all();
  const std::span<Tensor> primals = all.first(all_count), tangents = all.last(input_count);
  const std::span<Tensor> directions = all.subspan(all_count, outputs.size());
  for (std::size_t i = 0; i < input_count; ++i) {
    const Lift* lift = lift_of(inputs[i]);
    const bool here = lift && lift->level == number();
    places.lend(i, here ? lift->value : inputs[i]);
    places.lend(all_count + outputs.size() + i, here ? lift->tangent : Tensor());
  }
  const bool recorded = is_recorded(op, inputs);
  {
    const Below below(*this);
    const std::span<Tensor> results = primals.last(outputs.size());
    op.table->apply(op.op, primals.first(input_count), results);
    if (op.table->jvp)
      op.table->jvp(op.op, Primals(std::span<const Tensor>(primals), input_count), tangents, directions);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      Tensor& result = results[i];
      Tensor& tangent = directions[i];
      const bool may_carry = result.defined() && is_floating(core::impl(result)->dtype);
      // A result that is recorded here must not be the one that is recorded below.
      if (may_carry && recorded && !tangent.defined()) tangent = zeros_like(result);
      const bool carries = may_carry && tangent.defined();
      outputs[i] = carries ? lifted(std::move(result), std::move(tangent)) : std::move(result);
    }
  }
  if (recorded) record_lifted(op, inputs, outputs);
}

}  // namespace xtape::autograd
