#include "autograd/lift.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

#include "autograd/op.hpp"

namespace xtape::autograd {

constinit thread_local int transforms = 0;

namespace {

uint64_t next_number() {
  static std::atomic<uint64_t> last = 0;
  return ++last;
}

// A level that has not ended. By value: where levels end in another order than the reverse of their beginning, or on
// another thread, nothing dangles.
struct LiveLevel {
  uint64_t number;
  // Whether operations were recorded outside.
  bool recording_outside;
};

// The levels of this thread, innermost last.
thread_local std::vector<LiveLevel> levels;

bool is_live(uint64_t number) {
  return std::any_of(levels.begin(), levels.end(), [=](const LiveLevel& level) { return level.number == number; });
}

const Lift* lift_of(const Tensor& x) {
  const core::TensorImpl* tensor = core::impl(x);
  return tensor ? static_cast<const Lift*>(tensor->lift.get()) : nullptr;
}

// x, or what is below its lift if that is of the level.
std::pair<Tensor, Tensor> lowered(const Tensor& x, uint64_t level) {
  const Lift* lift = lift_of(x);
  return lift && lift->level == level ? std::pair(lift->value, lift->tangent) : std::pair(x, Tensor());
}

Tensor lifted(const Tensor& value, const Tensor& tangent, uint64_t level) {
  if (!tangent.defined()) return value;
  const core::TensorImpl* tensor = core::impl(value);
  Tensor result = core::make_view(value, tensor->shape, tensor->strides, tensor->offset);
  core::impl(result)->lift = detail::Reference<const core::Lift>::adopt(new Lift(level, value, tangent));
  return result;
}

}  // namespace

Tensor without_lifts(const Tensor& x) {
  Tensor value = x;
  while (const Lift* lift = lift_of(value)) value = Tensor(lift->value);
  return value;
}

Tensor without_dead_lifts(const Tensor& x) {
  Tensor value = x;
  for (const Lift* lift = lift_of(value); lift && !is_live(lift->level); lift = lift_of(value)) {
    value = Tensor(lift->value);
  }
  return value;
}

bool has_tangent(const Tensor& x) { return lift_of(x) && lift_of(without_dead_lifts(x)); }

Level::Level() : number_(next_number()) {
  levels.push_back({number_, recording});
  ++transforms;
}

Level::~Level() {
  // Of a level that ends on another thread than it began on nothing is known here, and it stays a level of that thread.
  transforms -= static_cast<int>(std::erase_if(levels, [&](const LiveLevel& level) { return level.number == number_; }));
}

Tensor Level::lift(const Tensor& value, const Tensor& tangent) const {
  return lifted(without_dead_lifts(value), tangent.defined() ? without_dead_lifts(tangent) : tangent, number_);
}

std::pair<Tensor, Tensor> Level::lower(const Tensor& x) const { return lowered(without_dead_lifts(x), number_); }

namespace {

// The innermost level that a lift belongs to, or null.
const LiveLevel* level_of(std::span<const Tensor> inputs) {
  for (std::size_t i = levels.size(); i-- > 0;) {
    for (const Tensor& x : inputs) {
      if (lift_of(x) && lift_of(x)->level == levels[i].number) return &levels[i];
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

void apply_lifted(OpReference op, std::span<const Tensor> given, std::span<Tensor> outputs) {
  std::vector<Tensor> inputs;
  inputs.reserve(given.size());
  for (const Tensor& x : given) inputs.push_back(without_dead_lifts(x));
  const LiveLevel* found = level_of(inputs);
  if (!found) return op.table->apply(op.op, inputs, outputs);
  if (!op.table->jvp && op.table->decompose) return op.table->decompose(op.op, inputs, outputs);
  // What runs below may begin levels, and so move the list.
  const LiveLevel level = *found;
  const auto is_floating_tensor = [](const Tensor& x) { return x.defined() && is_floating(x.dtype()); };
  std::vector<Tensor> primals, tangents;
  primals.reserve(inputs.size() + outputs.size());
  for (const Tensor& x : inputs) {
    auto [value, tangent] = lowered(x, level.number);
    primals.push_back(std::move(value));
    tangents.push_back(std::move(tangent));
  }
  const bool recorded = recording && op.table->record && std::any_of(inputs.begin(), inputs.end(), wants_grad);
  {
    const RecordingScope below(level.recording_outside);
    op.table->apply(op.op, primals, outputs);
    if (!op.table->jvp) return;
    for (const Tensor& output : outputs) primals.push_back(output);
    std::vector<Tensor> directions(outputs.size());
    op.table->jvp(op.op, Primals(std::span<const Tensor>(primals), inputs.size()), tangents, directions);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      check_tangent(op, outputs[i], directions[i]);
      if (!is_floating_tensor(outputs[i])) continue;
      // A result that is recorded here must not be the one that is recorded below.
      if (recorded && !directions[i].defined()) directions[i] = zeros_like(outputs[i]);
      outputs[i] = lifted(outputs[i], directions[i], level.number);
    }
  }
  if (recorded && std::any_of(outputs.begin(), outputs.end(), is_floating_tensor)) {
    op.table->record(op.op, inputs, outputs);
  }
}

}  // namespace xtape::autograd
