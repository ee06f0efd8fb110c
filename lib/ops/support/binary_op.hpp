#pragma once

#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/scalar.hpp>
#include <xtape/shape.hpp>
#include <xtape/tensor.hpp>

#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/element.hpp"
#include "formulas/gradients.hpp"
#include "formulas/list.hpp"
#include "kernels/elementwise/elementwise.hpp"
#include "ops/support/broadcast.hpp"
#include "ops/support/conversion.hpp"

// What elementwise operations on two operands have in common.
namespace xtape::ops {

// Fills y, to whose shape a and b broadcast, by kernel(T{}, a, step_a, b, step_b, y, count) where each operand has one
// element or all, contiguous, or by kernel(T{}, plan, a, b, y).
template <class Result, class Kernel>
void combine_into(const Tensor& a, const Tensor& b, const Tensor& y, const Kernel& kernel) {
  const core::TensorImpl* first = core::impl(a);
  const core::TensorImpl* second = core::impl(b);
  const core::TensorImpl* result = core::impl(y);
  core::switch_dtype(first->dtype, [&]<class T>(T) {
    using Y = std::conditional_t<std::is_void_v<Result>, T, Result>;
    const bool first_whole = first->contiguous && first->shape == result->shape;
    const bool second_whole = second->contiguous && second->shape == result->shape;
    const T* x = core::elements<const T>(first);
    const T* z = core::elements<const T>(second);
    if ((first_whole || first->numel == 1) && (second_whole || second->numel == 1)) {
      kernel(T{}, x, int64_t{first_whole}, z, int64_t{second_whole}, core::elements<Y>(result), result->numel);
    } else {
      kernel(T{}, broadcast_plan(a, b, result->shape), x, z, core::elements<Y>(result));
    }
  });
}

template <class Formula>
constexpr bool is_floating_only =
    std::is_same_v<Formula, formulas::Div> || std::is_same_v<Formula, formulas::ScaledSlope> ||
    std::is_same_v<Formula, formulas::ScaledQuotient>;

template <class Formula>
struct BinaryKernel {
  template <class T, class... Arguments>
  void operator()(T, Arguments&&... arguments) const {
    if constexpr (!std::is_floating_point_v<T> && is_floating_only<Formula>) {
      throw DTypeError(std::string(Formula::name) + ": integers are converted before");
    } else {
      kernels::binary<Formula>(std::forward<Arguments>(arguments)...);
    }
  }
};

// a and b converted to one type.
inline void promote(const char* operation, Tensor& a, Tensor& b) {
  const DType type = promote_types(a.dtype(), b.dtype());
  a = converted(operation, a, type);
  b = converted(operation, b, type);
}

// A number as a 0-dimensional operand for `x`, of the type that the pair has. @throws ValueError if x is undefined or
// that type does not hold the number.
inline Tensor operand_like(const char* name, const Tensor& x, Scalar number) {
  core::check_defined(name, x);
  return number_tensor(name, number, promote_types(x.dtype(), number));
}

// Whether elements correspond one to one without any strides.
inline bool aligned(const Tensor& a, const Tensor& b) {
  const core::TensorImpl* first = core::impl(a);
  const core::TensorImpl* second = core::impl(b);
  return first->contiguous && second->contiguous && first->shape == second->shape;
}

}  // namespace xtape::ops
