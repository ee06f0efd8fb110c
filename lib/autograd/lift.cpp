#include "autograd/lift.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>

#include "autograd/op.hpp"

namespace xtape::autograd {

constinit thread_local int transforms = 0;

namespace {

uint64_t next_number() {
  static thread_local uint64_t last = 0;
  return ++last;
}

// The levels of this thread, innermost last.
thread_local std::vector<const Level*> levels;

const Lift* lift_of(const Tensor& x) {
  const core::TensorImpl* tensor = core::impl(x);
  return tensor ? static_cast<const Lift*>(tensor->lift.get()) : nullptr;
}

}  // namespace

Tensor without_lifts(const Tensor& x) {
  Tensor value = x;
  while (const Lift* lift = lift_of(value)) value = Tensor(lift->value);
  return value;
}

Level::Level() : number_(next_number()), recording_outside_(recording) {
  levels.push_back(this);
  ++transforms;
}

Level::~Level() {
  levels.pop_back();
  --transforms;
}

Tensor Level::lift(const Tensor& value, const Tensor& tangent) const {
  if (!tangent.defined()) return value;
  const core::TensorImpl* tensor = core::impl(value);
  Tensor lifted = core::make_view(value, tensor->shape, tensor->strides, tensor->offset);
  core::impl(lifted)->lift = detail::Reference<const core::Lift>::adopt(new Lift(number_, value, tangent));
  return lifted;
}

std::pair<Tensor, Tensor> Level::lower(const Tensor& x) const {
  const Lift* lift = lift_of(x);
  return lift && lift->level == number_ ? std::pair(lift->value, lift->tangent) : std::pair(x, Tensor());
}

namespace {

// The innermost level that a lift belongs to, or null.
const Level* level_of(std::span<const Tensor> inputs) {
  for (std::size_t i = levels.size(); i-- > 0;) {
    for (const Tensor& x : inputs) {
      if (levels[i]->lower(x).second.defined()) return levels[i];
    }
  }
  return nullptr;
}

void check_tangent(OpReference op, const Tensor& value, const Tensor& tangent) {
  if (!tangent.defined() || (tangent.shape() == value.shape() && tangent.dtype() == value.dtype())) return;
  throw AutogradError(std::string(op.table->name(op.op)) + ": jvp must return a tangent of shape " +
                      value.shape().str() + " and type " + name(value.dtype()) + ", got " + tangent.shape().str() +
                      " and " + name(tangent.dtype()));
}

}  // namespace

void apply_lifted(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const Level* level = level_of(inputs);
  if (level && !op.table->jvp && op.table->decompose) return op.table->decompose(op.op, inputs, outputs);
  std::vector<Tensor> primals, tangents;
  primals.reserve(inputs.size() + outputs.size());
  for (const Tensor& x : inputs) {
    auto [value, tangent] = level ? level->lower(x) : std::pair(without_lifts(x), Tensor());
    primals.push_back(std::move(value));
    tangents.push_back(std::move(tangent));
  }
  if (!level) return op.table->apply(op.op, primals, outputs);

  {
    const RecordingScope below(level->recording_outside());
    op.table->apply(op.op, primals, outputs);
    if (!op.table->jvp) return;
    for (const Tensor& output : outputs) primals.push_back(output);
    std::vector<Tensor> directions(outputs.size());
    op.table->jvp(op.op, Primals(std::span<const Tensor>(primals), inputs.size()), tangents, directions);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      check_tangent(op, outputs[i], directions[i]);
      if (is_floating(outputs[i].dtype())) outputs[i] = level->lift(outputs[i], directions[i]);
    }
  }
  if (!recording || !op.table->record || !is_floating(outputs[0].dtype())) return;
  if (std::any_of(inputs.begin(), inputs.end(), wants_grad)) op.table->record(op.op, inputs, outputs);
}

}  // namespace xtape::autograd
