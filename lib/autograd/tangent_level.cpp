#include "autograd/tangent_level.hpp"

#include <xtape/ops/creation.hpp>

#include "autograd/lent.hpp"
#include "autograd/variable.hpp"

namespace xtape::autograd {

Tensor TangentLevel::lift(const Tensor& value, const Tensor& tangent) const {
  if (!tangent.defined()) return without_dead_lifts(value);
  if (!lift_of(value) && !lift_of(tangent)) [[likely]]
    return masked_as(lifted(value, tangent), value);
  return masked_as(lifted(without_dead_lifts(value), without_dead_lifts(tangent)), value);
}

Tensor TangentLevel::lifted(Tensor value, Tensor tangent) const {
  Tensor result = core::make_alias(value);
  core::impl(result)->lift =
      detail::Reference<const core::Lift>::adopt(new Lift(number(), std::move(value), std::move(tangent)));
  return result;
}

std::pair<Tensor, Tensor> TangentLevel::lower(const Tensor& x) const {
  if (lifts(x)) return {lift_of(x)->value, lift_of(x)->tangent};
  Tensor living = without_dead_lifts(x);
  return lifts(living) ? lower(living) : std::pair(std::move(living), Tensor());
}

namespace {

// Whether x is neither lifted nor, if that `may_record`, known to the tape.
bool is_plain(const Tensor& x, bool may_record) {
  const core::TensorImpl* tensor = core::impl(x);
  return !tensor || (!tensor->lift && !(may_record && tensor->requires_grad));
}

}  // namespace

void TangentLevel::run(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs) const {
  if (!op.table->jvp && op.table->decompose) return op.table->decompose(op.op, inputs, outputs);
  const std::size_t input_count = inputs.size(), all_count = input_count + outputs.size();
  // What is below of inputs and outputs, then tangents of outputs and inputs; the inputs hold theirs.
  LentAndOwn<8> places(input_count, 2 * outputs.size(), input_count);
  const std::span<Tensor> all = places.all();
  const std::span<Tensor> primals = all.first(all_count), tangents = all.last(input_count);
  const std::span<Tensor> directions = all.subspan(all_count, outputs.size());
  const bool recorded = is_recorded(op, inputs), may_record = recording || recording_outside();
  bool plain = op.table->dual && !recorded && !trace;
  for (std::size_t i = 0; i < input_count; ++i) {
    const Lift* lift = lift_of(inputs[i]);
    const bool here = lift && lift->level == number();
    places.lend(i, here ? lift->value : inputs[i]);
    places.lend(all_count + outputs.size() + i, here ? lift->tangent : Tensor());
    plain = plain && is_plain(here ? lift->value : inputs[i], may_record) &&
            (!here || is_plain(lift->tangent, may_record));
  }
  if (plain && op.table->dual(op.op, primals.first(input_count), tangents, outputs, directions[0])) {
    outputs[0] = lifted(std::move(outputs[0]), std::move(directions[0]));
    return;
  }
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
