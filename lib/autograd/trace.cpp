#include "autograd/trace.hpp"

#include <algorithm>
#include <atomic>
#include <utility>
#include <xtape/detail/at_end_of_capture.hpp>
#include <xtape/detail/call_scope.hpp>
#include <xtape/error.hpp>
#include <xtape/program.hpp>

#include "autograd/flag_lock.hpp"
#include "autograd/in_place.hpp"
#include "autograd/op.hpp"

namespace xtape::autograd {
namespace {

std::vector<Tensor> aliases(std::span<const Tensor> tensors) {
  std::vector<Tensor> result;
  result.reserve(tensors.size());
  for (const Tensor& x : tensors) result.push_back(x.defined() ? core::make_alias(x) : Tensor());
  return result;
}

uint64_t next_number() {
  static std::atomic<uint64_t> last = 0;
  return ++last;
}

}  // namespace

Trace::Trace() : number(next_number()) {
  if (trace) throw AutogradError("capture: a function that is captured cannot capture another one");
  trace = this;
  core::capturing = true;
  ++transforms;
}

Trace::~Trace() {
  for (const auto& action : at_end) action();
  trace = nullptr;
  core::capturing = false;
  --transforms;
  for (KeptGradient& kept : gradients_) {
    const FlagLock lock(kept.slot->lock);
    std::swap(kept.slot->grad, kept.before);
  }
}

void Trace::append(OpReference op, std::span<const Tensor> inputs, std::span<const Tensor> outputs) {
  instructions.push_back({op.table, op.table->copy(op.op), aliases(inputs), aliases(outputs), detail::call_path()});
}

void Trace::add_constant(const Tensor& x) { constants.push_back(core::make_alias(x)); }

void Trace::keep(GradSlot& slot) {
  const auto same = [&](const KeptGradient& kept) { return kept.slot.get() == &slot; };
  if (std::any_of(gradients_.begin(), gradients_.end(), same)) return;
  gradients_.push_back({detail::Reference<GradSlot>::share(&slot), slot.grad});
}

void Trace::check_gradients() const {
  for (const KeptGradient& kept : gradients_) {
    const FlagLock lock(kept.slot->lock);
    const Tensor& now = kept.slot->grad;
    if (now.handle() == kept.before.handle()) continue;
    if (!now.defined()) {
      throw AutogradError("capture: the function clears a gradient of shape " + kept.before.shape().str() +
                          " that was there before; call zero_grad() on its tensor before capture");
    }
    throw AutogradError("capture: the function leaves a gradient of shape " + now.shape().str() +
                        " behind, to which no later run could add; call zero_grad() on its tensor before the function "
                        "ends, or use grad(), whose results are tensors of the program");
  }
}

void apply_traced(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const bool recorded = recording && std::any_of(inputs.begin(), inputs.end(), wants_grad);
  if (recorded && !op.table->record && op.table->decompose) return op.table->decompose(op.op, inputs, outputs);
  {
    // Tangents read what is for derivatives too.
    const bool complete = recorded || transforms > 1;
    const TransformPause pause;
    op.table->infer(op.op, complete, inputs, outputs);
  }
  const auto differentiable = [](const Tensor& y) { return y.defined() && is_floating(y.dtype()); };
  if (recorded && op.table->record && std::any_of(outputs.begin(), outputs.end(), differentiable)) {
    op.table->record(op.op, inputs, outputs);
  }
  // What has computed its results already, in operations that are written down, is none itself.
  if (op.table->compute || !op.table->opaque) trace->append(op, inputs, outputs);
}

void apply_in_place(OpReference op, std::span<const Tensor> inputs) {
  if (trace) {
    trace->append(op, inputs, {});
  } else {
    op.table->compute(op.op, inputs, {});
  }
  for (const Tensor& target : inputs.first(op.table->targets(op.op))) core::impl(target)->storage->count_change();
}

}  // namespace xtape::autograd

void xtape::detail::at_end_of_capture(std::function<void()> action) {
  if (autograd::trace) autograd::trace->at_end.push_back(std::move(action));
}

bool xtape::is_capturing() { return autograd::trace != nullptr; }
