#include "autograd/batch_level.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <xtape/error.hpp>

#include "autograd/op.hpp"
#include "autograd/scratch.hpp"

namespace xtape::autograd {
namespace {

// Which thread this is, as no other one ever.
uint64_t thread_number() {
  static std::atomic<uint64_t> last{0};
  static thread_local const uint64_t number = ++last;
  return number;
}

// As long as there is one, its thread looks for lifts: so a tensor that has outlived its vmap is found.
struct BatchLift final : Lift {
  BatchLift(uint64_t of_level, const Tensor& stack) : Lift(of_level, Tensor(stack), Tensor()) { ++transforms; }
  ~BatchLift() override {
    if (thread_ == thread_number()) --transforms;
  }
  void check_readable(const char* operation) const override {
    throw AutogradError(std::string(operation) + ": a tensor that vmap maps, of shape " +
                        core::make_entry(value).shape().str() +
                        " for each example, has no values to be read: choose between values by where, and return from "
                        "the function what is to be read");
  }

 private:
  const uint64_t thread_ = thread_number();
};

// For a result that is mapped already: of a custom_op whose function closes over a mapped tensor.
[[noreturn]] void throw_closed_over(OpReference op, const Tensor& result) {
  throw AutogradError(std::string(op.table->name(op.op)) +
                      ": the function closes over a tensor that vmap maps; make it one of the inputs (the result has "
                      "shape " +
                      result.shape().str() + " for each example)");
}

}  // namespace

Tensor BatchLevel::map(const Tensor& stack, uint64_t level) {
  Tensor mapped = core::make_entry(stack);
  core::impl(mapped)->lift = detail::Reference<const core::Lift>::adopt(new BatchLift(level, stack));
  return mapped;
}

Mapped BatchLevel::lower(const Tensor& x) const {
  return lifts(x) ? Mapped{lift_of(x)->value, true} : Mapped{x, false};
}

void BatchLevel::run(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs) const {
  if (op.table->random && examples_.randomness == Randomness::error) {
    throw AutogradError(std::string(op.table->name(op.op)) +
                        ": vmap does not know whether examples are to draw the same random numbers; pass "
                        ".randomness = Randomness::different or Randomness::same");
  }
  const bool differentiated = recording && !op.table->record && std::any_of(inputs.begin(), inputs.end(), wants_grad);
  if (!op.table->batch || (differentiated && op.table->decompose)) {
    return op.table->decompose(op.op, inputs, outputs);
  }
  Scratch<Mapped> places;
  const std::span<Mapped> lowered = places.first(inputs.size());
  std::transform(inputs.begin(), inputs.end(), lowered.begin(), [this](const Tensor& x) { return lower(x); });
  if (std::none_of(lowered.begin(), lowered.end(), [](const Mapped& x) { return x.mapped; }) &&
      examples_.randomness == Randomness::same) {
    const Within outside_of_this(outside());
    return op.table->apply(op.op, inputs, outputs);
  }
  {
    const Below below(*this);
    op.table->batch(op, examples_, lowered, outputs);
    for (Tensor& output : outputs) {
      if (lifts(output)) throw_closed_over(op, output);
      if (output.defined()) output = map(output);
    }
  }
  if (!is_recorded(op, inputs)) return;
  // Decomposed further out, it has not made what its derivative reads.
  const bool complete = std::all_of(outputs.begin(), outputs.end(), [](const Tensor& y) { return y.defined(); });
  if (!complete && op.table->decompose) return op.table->decompose(op.op, inputs, outputs);
  record_lifted(op, inputs, outputs);
}

void throw_outlived(const Tensor& x) {
  throw AutogradError("a tensor of shape " + core::impl(x)->shape.str() +
                      " that vmap mapped was used after that vmap had ended; return it from the function");
}

}  // namespace xtape::autograd
