#pragma once

#include <xtape/error.hpp>
#include <xtape/scalar.hpp>
#include <xtape/shape.hpp>
#include <xtape/tensor.hpp>

#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "formulas/list.hpp"
#include "kernels/elementwise/elementwise.hpp"
#include "ops/support/broadcast.hpp"

// Values of elementwise operations on two operands; what is recorded differs from operation to operation.
namespace xtape::ops {

// Runs kernel(T{}, a, step_a, b, step_b, y) on dense operands, or kernel(T{}, plan, a, b, y).
template <class Result, class Kernel>
Tensor combine(const Tensor& a, const Tensor& b, DType type, DType result_type, const Shape& shape,
               const Kernel& kernel) {
  const Tensor y = core::make_tensor(shape, result_type);
  core::switch_dtype(type, [&]<class T>(T) {
    using Y = std::conditional_t<std::is_void_v<Result>, T, Result>;
    const core::TensorImpl* first = core::impl(a);
    const core::TensorImpl* second = core::impl(b);
    const bool first_fits = first->contiguous && first->shape == shape;
    const bool second_fits = second->contiguous && second->shape == shape;
    const T* x = core::elements<const T>(a);
    const T* z = core::elements<const T>(b);
    if ((first_fits || first->numel == 1) && (second_fits || second->numel == 1)) {
      kernel(T{}, x, int64_t{first_fits}, z, int64_t{second_fits}, core::elements<Y>(y), y.numel());
    } else {
      check_rank("broadcast", shape);
      kernel(T{}, broadcast_plan(a, b, shape), x, z, core::elements<Y>(y));
    }
  });
  return y;
}

template <class Formula>
struct BinaryKernel {
  template <class T, class... Arguments>
  void operator()(T, Arguments&&... arguments) const {
    if constexpr (!std::is_floating_point_v<T> && std::is_same_v<Formula, formulas::Div>) {
      throw DTypeError("divide: integers are converted before");
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
inline void promote(Tensor& a, Tensor& b) {
  const DType type = promote_types(a.dtype(), b.dtype());
  if (a.dtype() != type) a = a.astype(type);
  if (b.dtype() != type) b = b.astype(type);
}

// A number as a 0-dimensional operand for `x`, of the type that the pair has.
Tensor operand_like(const Tensor& x, Scalar value);

// Whether elements correspond one to one without any strides.
inline bool aligned(const Tensor& a, const Tensor& b) {
  const core::TensorImpl* first = core::impl(a);
  const core::TensorImpl* second = core::impl(b);
  return first->contiguous && second->contiguous && first->shape == second->shape;
}

template <class Formula>
Tensor binary_value(const char* name, const Tensor& a, const Tensor& b) {
  if (core::impl(a)->dtype == DType::float32 && aligned(a, b)) {
    const Tensor y = core::make_tensor(core::impl(a)->shape, DType::float32);
    kernels::binary<Formula>(core::elements<const float>(a), 1, core::elements<const float>(b), 1,
                             core::elements<float>(y), core::impl(y)->numel);
    return y;
  }
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), name);
  return combine<void>(a, b, a.dtype(), a.dtype(), shape, BinaryKernel<Formula>{});
}

template <class Formula>
Tensor compare(const char* name, Tensor a, Tensor b) {
  core::check_defined(name, a);
  core::check_defined(name, b);
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), name);
  a = a.detach();
  b = b.detach();
  promote(a, b);
  return combine<bool>(a, b, a.dtype(), DType::bool_, shape, CompareKernel<Formula>{});
}

}  // namespace xtape::ops
