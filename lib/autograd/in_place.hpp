#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <xtape/tensor.hpp>

#include "autograd/grad_mode.hpp"
#include "autograd/op.hpp"
#include "core/checks.hpp"

namespace xtape::autograd {

// @throws AutogradError if changing `x` in place would falsify the tape: x requires a gradient while
// operations are recorded.
void check_in_place(const char* operation, const Tensor& x);
// The same, and if `operand`, which x takes in, would lose a gradient by it.
void check_in_place(const char* operation, const Tensor& x, const Tensor& operand);

// @throws AutogradError if x carries a tangent or is mapped, which an operation that changes others in place would
// lose.
void check_without_lift(const char* operation, const Tensor& x);

// @throws ShapeError if an operand of that shape does not broadcast to x's.
void check_fits(const char* operation, const Shape& x, const Shape& operand);

// Whether there is anything to check of it before a change in place.
inline bool is_on_tape(const Tensor& x) { return core::impl(x)->requires_grad || core::impl(x)->lift; }

// What changes elements, as transforms see it: of `Fixed` inputs, or of a list where that is 0.
template <class Op, std::size_t Fixed>
struct ErasedInPlace {
  static const Op& of(const void* op) { return *static_cast<const Op*>(op); }

  // A program runs it again and again: not cold.
  static void compute(const void* op, std::span<const Tensor> inputs, std::span<const Tensor>) {
    if constexpr (Fixed == 0) {
      of(op).compute(inputs);
    } else {
      with_each<Fixed>(inputs, [&](const auto&... x) { of(op).compute(x...); });
    }
  }
  [[gnu::cold]] static std::size_t targets(const void* op) {
    if constexpr (Fixed == 0) {
      return of(op).targets();
    } else {
      return 1;
    }
  }

  static constexpr OpTable table{
      .name = [](const void* op) { return name_of(of(op)); },
      .attributes = [](const void* op) { return attributes_of(of(op)); },
      .apply = nullptr,
      .copy = copy_of<Op>,
      .compute = compute,
      .targets = targets,
      .opaque = requires { requires Op::opaque; },
  };
};

// Changes the first `targets` of the inputs, in the sight of transforms.
void apply_in_place(OpReference op, std::span<const Tensor> inputs);

// Runs an operation that changes its first input, `target`, which is its result: compute(target, x...). It has no
// derivative. Operands have been fitted to the target before, by operations; nothing is lifted (changed_lifted).
template <class Op, class... Inputs>
void apply_in_place(const Op& op, const Tensor& target, const Inputs&... inputs) {
  if (is_on_tape(target) || (... || is_on_tape(inputs))) [[unlikely]] {
    check_in_place(name_of(op), target);
    (check_in_place(name_of(op), target, inputs), ...);
  }
  core::check_writable(name_of(op), target);
  if (transforms) [[unlikely]] {
    return apply_in_place({&ErasedInPlace<Op, 1 + sizeof...(Inputs)>::table, &op}, std::array{target, inputs...});
  }
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
  if (transforms) [[unlikely]]
    return apply_in_place({&ErasedInPlace<Op, 0>::table, &op}, inputs);
  op.compute(inputs);
  for (const Tensor& target : targets) core::impl(target)->storage->count_change();
}

// A change in place of x, which takes in `operand` broadcast.
using Change = std::function<void(const Tensor& x, const Tensor& operand)>;

// Makes a change of lifted tensors where they are not, and returns whether there was one: of all examples of a mapped x
// at once. @throws AutogradError for an x that is the same for all examples and an operand that is not, or where one of
// them carries a tangent; ShapeError if the operand does not broadcast to x.
bool changed_below(const char* operation, const Tensor& x, const Tensor& operand, const Change& change);
template <class Function>
bool changed_lifted(const char* operation, const Tensor& x, const Tensor& operand, const Function& change) {
  return transforms && (is_lifted(x) || is_lifted(operand)) && changed_below(operation, x, operand, change);
}

}  // namespace xtape::autograd
