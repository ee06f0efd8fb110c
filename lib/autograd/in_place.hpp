#pragma once

#include <xtape/tensor.hpp>

#include <span>

#include "autograd/op.hpp"
#include "core/checks.hpp"

namespace xtape::autograd {

// @throws AutogradError if changing `x` in place would falsify the tape: x requires a gradient while
// operations are recorded, or carries a tangent.
void check_in_place(const char* operation, const Tensor& x);
// The same, and if `operand`, which x takes in, would lose a gradient or a tangent by it.
void check_in_place(const char* operation, const Tensor& x, const Tensor& operand);

// @throws AutogradError if x carries a tangent, which a change in place would lose.
void check_without_lift(const char* operation, const Tensor& x);

// Whether there is anything to check of it before a change in place.
inline bool is_on_tape(const Tensor& x) { return core::impl(x)->requires_grad || core::impl(x)->lift; }

// Runs an operation that changes its first input, `target`, which is its result: compute(target, x...). It has no
// derivative. Operands have been fitted to the target before, by operations.
template <class Op, class... Inputs>
void apply_in_place(const Op& op, const Tensor& target, const Inputs&... inputs) {
  if (is_on_tape(target) || (... || is_on_tape(inputs))) [[unlikely]] {
    check_in_place(name_of(op), target);
    (check_in_place(name_of(op), target, inputs), ...);
  }
  core::check_writable(name_of(op), target);
  op.compute(target, inputs...);
  core::impl(target)->storage->count_change();
}

// Runs an operation on lists that changes the first op.targets() of its inputs, variables with or without gradients of
// their own: compute(inputs).
template <class Op>
void apply_list_in_place(const Op& op, std::span<const Tensor> inputs) {
  for (const Tensor& input : inputs) check_without_lift(name_of(op), input);
  const auto targets = inputs.first(op.targets());
  for (const Tensor& target : targets) {
    // Leaves are what it is for; a result has operations before it that saved what it was.
    if (core::impl(target)->node) check_in_place(name_of(op), target);
    core::check_writable(name_of(op), target);
  }
  op.compute(inputs);
  for (const Tensor& target : targets) core::impl(target)->storage->count_change();
}

}  // namespace xtape::autograd
