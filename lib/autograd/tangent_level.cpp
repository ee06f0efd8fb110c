#include "autograd/tangent_level.hpp"

#include <algorithm>
#include <xtape/ops/creation.hpp>

#include "autograd/scratch.hpp"

namespace xtape::autograd {

Tensor TangentLevel::lift(const Tensor& value, const Tensor& tangent) const {
  if (!tangent.defined()) return without_dead_lifts(value);
  return lifted(without_dead_lifts(value), without_dead_lifts(tangent));
}

Tensor TangentLevel::lifted(const Tensor& value, const Tensor& tangent) const {
  Tensor result = core::make_alias(value);
  core::impl(result)->lift = detail::Reference<const core::Lift>::adopt(new Lift(number(), value, tangent));
  return result;
}

std::pair<Tensor, Tensor> TangentLevel::lower(const Tensor& x) const {
  Tensor living = without_dead_lifts(x);
  if (!lifts(living)) return {std::move(living), Tensor()};
  const Lift* lift = lift_of(living);
  return {lift->value, lift->tangent};
}

void TangentLevel::run(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs) const {
  if (!op.table->jvp && op.table->decompose) return op.table->decompose(op.op, inputs, outputs);
  Scratch<Tensor> primal_places, tangent_places, direction_places;
  const std::span<Tensor> primals = primal_places.first(inputs.size() + outputs.size());
  const std::span<Tensor> tangents = tangent_places.first(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Lift* lift = lifts(inputs[i]) ? lift_of(inputs[i]) : nullptr;
    primals[i] = Tensor(lift ? lift->value : inputs[i]);
    if (lift) tangents[i] = Tensor(lift->tangent);
  }
  const bool recorded = is_recorded(op, inputs);
  {
    const Below below(*this);
    op.table->apply(op.op, primals.first(inputs.size()), outputs);
    if (!op.table->jvp) return;
    std::copy(outputs.begin(), outputs.end(), primals.begin() + static_cast<std::ptrdiff_t>(inputs.size()));
    const std::span<Tensor> directions = direction_places.first(outputs.size());
    op.table->jvp(op.op, Primals(std::span<const Tensor>(primals), inputs.size()), tangents, directions);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!outputs[i].defined() || !is_floating(outputs[i].dtype())) continue;
      // A result that is recorded here must not be the one that is recorded below.
      if (recorded && !directions[i].defined()) directions[i] = zeros_like(outputs[i]);
      if (directions[i].defined()) outputs[i] = lifted(outputs[i], directions[i]);
    }
  }
  if (recorded) record_lifted(op, inputs, outputs);
}

}  // namespace xtape::autograd
