#include <algorithm>
#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "kernels/linalg/gemm.hpp"
#include "ops/support/binary_op.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {
namespace {

// The result's shape for matrices or stacks of matrices.
Shape matmul_shape(const Shape& a, const Shape& b) {
  if (a.rank() == 0 || b.rank() == 0) {
    throw ShapeError("matmul: operands must have at least one dimension: a " + a.str() + ", b " + b.str());
  }
  const int64_t inner_a = a.back();
  const int64_t inner_b = b.rank() == 1 ? b.back() : b[b.size() - 2];
  if (inner_a != inner_b) {
    throw ShapeError("matmul: inner dimensions differ: a " + a.str() + ", b " + b.str());
  }
  if (a.rank() < 2 || b.rank() < 2) return {};
  if (a.rank() == 2 && b.rank() == 2) return {a[0], b[1]};
  Shape shape;
  try {
    shape = broadcast_shapes(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
  } catch (const ShapeError&) {
    throw ShapeError("matmul: leading dimensions do not broadcast: a " + a.str() + ", b " + b.str());
  }
  shape.push_back(a[a.size() - 2]);
  shape.push_back(b.back());
  return shape;
}

// A matrix as GEMM takes it: row-major, or the transpose of one. No copy is made where strides allow it.
struct Operand {
  Tensor tensor;
  bool transposed = false;
  int64_t leading = 0;

  explicit Operand(const Tensor& x) : tensor(x) {
    const auto fits = [](int64_t rows, int64_t row_stride, int64_t columns, int64_t column_stride) {
      return (columns <= 1 || column_stride == 1) && (rows <= 1 || row_stride >= std::max<int64_t>(columns, 1));
    };
    const std::size_t last = x.shape().size() - 1;
    const int64_t rows = x.shape()[last - 1];
    const int64_t columns = x.shape()[last];
    if (fits(rows, x.strides()[last - 1], columns, x.strides()[last])) {
      leading = rows > 1 ? x.strides()[last - 1] : columns;
    } else if (fits(columns, x.strides()[last], rows, x.strides()[last - 1])) {
      transposed = true;
      leading = columns > 1 ? x.strides()[last] : rows;
    } else {
      tensor = x.contiguous();
      leading = columns;
    }
    leading = std::max<int64_t>(leading, 1);
  }
};

template <class T>
void multiply_stacks(const Operand& a, const Operand& b, const Tensor& y) {
  const Shape& shape = y.shape();
  const int64_t rows = shape[shape.size() - 2];
  const int64_t columns = shape.back();
  const int64_t inner = a.tensor.shape().back();
  const Shape batch(shape.begin(), shape.end() - 2);
  // The strides of the leading axes, 0 where an operand is broadcast.
  const auto batch_strides = [&](const Tensor& x) {
    Shape whole = batch;
    whole.push_back(x.shape()[x.shape().size() - 2]);
    whole.push_back(x.shape().back());
    return ops::broadcast_strides(x, whole);
  };
  const Shape strides_a = batch_strides(a.tensor);
  const Shape strides_b = batch_strides(b.tensor);
  const auto plan = kernels::collapse<2>(batch.rank(), batch.data(), {strides_a.data(), strides_b.data()});

  const T* from_a = core::elements<const T>(a.tensor);
  const T* from_b = core::elements<const T>(b.tensor);
  T* to = core::elements<T>(y);
  const int64_t inner_batch = plan.sizes[plan.rank - 1];
  const int64_t outer = inner_batch ? batch.numel() / inner_batch : 0;
  for (int64_t index = 0; index < outer; ++index) {
    int64_t offset_a = 0;
    int64_t offset_b = 0;
    int64_t rest = index;
    for (int axis = plan.rank - 2; axis >= 0; --axis) {
      offset_a += rest % plan.sizes[axis] * plan.strides[0][axis];
      offset_b += rest % plan.sizes[axis] * plan.strides[1][axis];
      rest /= plan.sizes[axis];
    }
    kernels::batched_gemm<T>(inner_batch, a.transposed, b.transposed, rows, columns, inner, T(1), from_a + offset_a,
                             a.leading, plan.strides[0][plan.rank - 1], from_b + offset_b, b.leading,
                             plan.strides[1][plan.rank - 1], T(0), to + index * inner_batch * rows * columns, columns,
                             rows * columns);
  }
}

}  // namespace

Tensor matmul(const Tensor& first, const Tensor& second) {
  core::check_defined("matmul", first);
  core::check_defined("matmul", second);
  const Shape shape = matmul_shape(first.shape(), second.shape());
  if (first.rank() == 1) {
    const Tensor y = matmul(first.expand_dims(0), second);
    return y.squeeze(second.rank() == 1 ? -1 : -2);
  }
  if (second.rank() == 1) return matmul(first, second.expand_dims(1)).squeeze(-1);

  // A stack times one matrix is one larger product.
  if (second.rank() == 2 && first.rank() > 2) {
    return matmul(first.reshape({Shape(shape.begin(), shape.end() - 1).numel(), first.shape().back()}), second)
        .reshape(shape);
  }

  Tensor a = first;
  Tensor b = second;
  ops::promote(a, b);
  if (!is_floating(a.dtype())) {
    a = a.astype(DType::float64);
    b = b.astype(DType::float64);
  }
  const Operand left(a);
  const Operand right(b);
  Tensor y = core::make_tensor(shape, a.dtype());
  core::switch_floating(a.dtype(), [&]<class T>(T) {
    if (shape.rank() == 2) {
      kernels::gemm<T>(left.transposed, right.transposed, shape[0], shape[1], a.shape().back(), T(1),
                       core::elements<const T>(left.tensor), left.leading, core::elements<const T>(right.tensor),
                       right.leading, T(0), core::elements<T>(y), shape[1]);
    } else {
      multiply_stacks<T>(left, right, y);
    }
  });

  if (autograd::needs_grad(a, b)) {
    using autograd::Saved;
    autograd::record("matmul", y, autograd::Inputs{a, b},
                     [a = b.requires_grad() ? Saved(a) : Saved(), b = a.requires_grad() ? Saved(b) : Saved(),
                      shape_a = a.shape(), shape_b = b.shape()](const Tensor& g, autograd::Gradients& gradients) {
                       if (gradients.needed(0))
                         gradients.set(0, sum_to_shape(matmul(g, transpose(b.get(), -2, -1)), shape_a));
                       if (gradients.needed(1))
                         gradients.set(1, sum_to_shape(matmul(transpose(a.get(), -2, -1), g), shape_b));
                     });
  }
  return y;
}

Tensor Tensor::matmul(const Tensor& other) const { return xtape::matmul(*this, other); }

}  // namespace xtape
