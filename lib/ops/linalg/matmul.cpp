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

// A tensor whose matrices, its last two axes, are as GEMM takes them: itself where its strides allow that, else a copy.
struct MatrixOperand {
  Tensor tensor;
  bool transposed = false;
  int64_t step = 0;  // between the rows as they are stored

  explicit MatrixOperand(const Tensor& x) : tensor(x) {
    const auto row_major = [](int64_t rows, int64_t row_stride, int64_t columns, int64_t column_stride) {
      return (columns <= 1 || column_stride == 1) && (rows <= 1 || row_stride >= std::max<int64_t>(columns, 1));
    };
    const std::size_t last = x.shape().size() - 1;
    const int64_t rows = x.shape()[last - 1];
    const int64_t columns = x.shape()[last];
    if (row_major(rows, x.strides()[last - 1], columns, x.strides()[last])) {
      step = rows > 1 ? x.strides()[last - 1] : columns;
    } else if (row_major(columns, x.strides()[last], rows, x.strides()[last - 1])) {
      transposed = true;
      step = columns > 1 ? x.strides()[last] : rows;
    } else {
      tensor = x.contiguous();
      step = columns;
    }
    step = std::max<int64_t>(step, 1);
  }

  // The first of the matrices.
  template <class T>
  kernels::Matrix<const T> matrix() const {
    const Shape& shape = tensor.shape();
    return {core::elements<const T>(tensor), shape[shape.size() - 2], shape.back(), step, transposed};
  }

  // The strides of the axes before the last two in a result of that shape; 0 where broadcast.
  Shape batch_strides(Shape result) const {
    result[result.size() - 2] = tensor.shape()[tensor.shape().size() - 2];
    result.back() = tensor.shape().back();
    return ops::broadcast_strides(tensor, result);
  }
};

// y = a * b, matrix by matrix.
template <class T>
void multiply(const MatrixOperand& a, const MatrixOperand& b, const Tensor& y) {
  const Shape& shape = y.shape();
  const int64_t rows = shape[shape.size() - 2], columns = shape.back();
  const kernels::Matrix<T> result{core::elements<T>(y), rows, columns, columns};
  if (shape.rank() == 2) return kernels::gemm<T>(T(1), a.matrix<T>(), b.matrix<T>(), T(0), result);
  const Shape strides_a = a.batch_strides(shape), strides_b = b.batch_strides(shape);
  const auto stacks = kernels::collapse<2>(shape.rank() - 2, shape.data(), {strides_a.data(), strides_b.data()});
  kernels::batched_gemm<T>(stacks, T(1), a.matrix<T>(), b.matrix<T>(), T(0), result);
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
  Tensor y = core::make_tensor(shape, a.dtype(), "matmul");
  core::switch_floating(a.dtype(), [&]<class T>(T) { multiply<T>(MatrixOperand(a), MatrixOperand(b), y); });

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
