#pragma once

#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/scalar.hpp>
#include <xtape/shape.hpp>
#include <xtape/tensor.hpp>

#include "autograd/grad_mode.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/element.hpp"
#include "formulas/gradients.hpp"
#include "formulas/list.hpp"
#include "kernels/elementwise/elementwise.hpp"
#include "ops/support/broadcast.hpp"
#include "ops/support/conversion.hpp"

// Values of elementwise operations on two operands; what is recorded differs from operation to operation.
namespace xtape::ops {

// Runs kernel(T{}, a, step_a, b, step_b, y, count) where each operand has one element or all, contiguous, or
// kernel(T{}, plan, a, b, y).
template <class Result, class Kernel>
Tensor combine(const char* name, const Tensor& a, const Tensor& b, DType result_type, const Shape& shape,
               const Kernel& kernel) {
  const DType type = core::impl(a)->dtype;
  const Tensor y = core::make_tensor(shape, result_type, name);
  core::switch_dtype(type, [&]<class T>(T) {
    using Y = std::conditional_t<std::is_void_v<Result>, T, Result>;
    const core::TensorImpl* first = core::impl(a);
    const core::TensorImpl* second = core::impl(b);
    const bool first_whole = first->contiguous && first->shape == shape;
    const bool second_whole = second->contiguous && second->shape == shape;
    const T* x = core::elements<const T>(a);
    const T* z = core::elements<const T>(b);
    if ((first_whole || first->numel == 1) && (second_whole || second->numel == 1)) {
      kernel(T{}, x, int64_t{first_whole}, z, int64_t{second_whole}, core::elements<Y>(y), y.numel());
    } else {
      kernel(T{}, broadcast_plan(a, b, shape), x, z, core::elements<Y>(y));
    }
  });
  return y;
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

template <class Formula>
struct CompareKernel {
  template <class T, class... Arguments>
  void operator()(T, Arguments&&... arguments) const {
    kernels::compare<Formula>(std::forward<Arguments>(arguments)...);
  }
};

// a and b converted to one type.
inline void promote(const char* name, Tensor& a, Tensor& b) {
  const DType type = promote_types(a.dtype(), b.dtype());
  if (a.dtype() != type) a = convert(name, a, type);
  if (b.dtype() != type) b = convert(name, b, type);
}

// A number as a 0-dimensional operand for `x`, of the type that the pair has. @throws ValueError if x is undefined or
// that type does not hold the number.
inline Tensor operand_like(const char* name, const Tensor& x, Scalar number) {
  core::check_defined(name, x);
  return core::number_tensor(name, number, promote_types(x.dtype(), number));
}

// Whether elements correspond one to one without any strides.
inline bool aligned(const Tensor& a, const Tensor& b) {
  const core::TensorImpl* first = core::impl(a);
  const core::TensorImpl* second = core::impl(b);
  return first->contiguous && second->contiguous && first->shape == second->shape;
}

template <class Formula>
Tensor binary_value(const char* name, const Tensor& a, const Tensor& b) {
  if (core::impl(a)->dtype == DType::float32 && aligned(a, b)) {
    const Tensor y = core::make_like(a, name);
    kernels::binary<Formula>(core::elements<const float>(a), 1, core::elements<const float>(b), 1,
                             core::elements<float>(y), core::impl(y)->numel);
    return y;
  }
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), name);
  return combine<void>(name, a, b, a.dtype(), shape, BinaryKernel<Formula>{});
}

// What the derivatives of operations on two tensors are made of: a gradient times a slope, or divided by a divisor,
// where 0 stays 0 (formulas::slope_for). One pass, or, where it is itself to be differentiated, the same on tensors.
inline Tensor scaled_slope(const Tensor& g, const Tensor& slope) {
  if (autograd::recording) return g * formulas::slope_for(g, slope);
  return binary_value<formulas::ScaledSlope>("multiply", g, slope);
}
inline Tensor scaled_quotient(const Tensor& g, const Tensor& divisor) {
  if (autograd::recording) return g / formulas::divisor_for(g, divisor);
  return binary_value<formulas::ScaledQuotient>("divide", g, divisor);
}

template <class Formula>
Tensor compare(const char* name, Tensor a, Tensor b) {
  core::check_defined(name, a);
  core::check_defined(name, b);
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), name);
  a = a.detach();
  b = b.detach();
  promote(name, a, b);
  return combine<bool>(name, a, b, DType::bool_, shape, CompareKernel<Formula>{});
}

// With a number, by value: one that x's type does not hold is above or below all of its elements.
template <class Formula>
Tensor compare(const char* name, const Tensor& x, Scalar number) {
  core::check_defined(name, x);
  // Whole numbers are compared with floating ones as they are, not rounded to float32.
  const bool mixed = number.is_floating() && !is_floating(x.dtype());
  const DType type = mixed ? DType::float64 : promote_types(x.dtype(), number);
  if (!is_floating(type) && !core::fits(number, type)) {
    return full(x.shape(), Formula::value(0, number.to<double>() > 0 ? 1 : -1), DType::bool_);
  }
  return compare<Formula>(name, converted(name, x, type), core::number_tensor(name, number, type));
}

}  // namespace xtape::ops
