#include "ops/linalg/matmul.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>

#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "kernels/linalg/gemm.hpp"
#include "ops/linalg/dense.hpp"
#include "ops/registry.hpp"
#include "ops/support/bilinear.hpp"
#include "ops/support/broadcast.hpp"
#include "ops/support/dense.hpp"
#include "ops/support/operand.hpp"

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

// How the rows of a matrix lie in memory.
struct Rows {
  int64_t step;
  bool transposed = false;
};

// That of the matrices of x, its last two axes, where GEMM can take them as they are.
std::optional<Rows> rows_of(const Tensor& x) {
  const Shape &shape = core::impl(x)->shape, &strides = core::impl(x)->strides;
  const std::size_t last = shape.size() - 1;
  const int64_t rows = shape[last - 1], row_stride = strides[last - 1];
  const int64_t columns = shape[last], column_stride = strides[last];
  if ((columns <= 1 || column_stride == 1) && (rows <= 1 || row_stride >= std::max<int64_t>(columns, 1))) {
    return Rows{std::max<int64_t>(rows > 1 ? row_stride : columns, 1)};
  }
  if ((rows <= 1 || row_stride == 1) && (columns <= 1 || column_stride >= std::max<int64_t>(rows, 1))) {
    return Rows{std::max<int64_t>(columns > 1 ? column_stride : rows, 1), true};
  }
  return std::nullopt;
}

// A tensor whose matrices are as GEMM takes them: itself where its strides allow that, else a copy.
class MatrixOperand {
 public:
  explicit MatrixOperand(const Tensor& x) : MatrixOperand(x, rows_of(x)) {}

  // The first of the matrices.
  template <class T>
  kernels::Matrix<const T> matrix() const {
    const Shape& shape = tensor_.shape();
    return {core::elements<const T>(tensor_), shape[shape.size() - 2], shape.back(), rows_.step, rows_.transposed};
  }

  // The strides of the axes before the last two in a result of that shape; 0 where broadcast.
  Shape batch_strides(Shape result) const {
    const Shape& shape = tensor_.shape();
    result[result.size() - 2] = shape[shape.size() - 2];
    result.back() = shape.back();
    return ops::broadcast_strides(tensor_, result);
  }

 private:
  MatrixOperand(const Tensor& x, std::optional<Rows> rows)
      : copy_(rows ? Tensor() : ops::copied("matmul", x)),
        tensor_(rows ? x : copy_),
        rows_(rows ? *rows : Rows{std::max<int64_t>(x.shape().back(), 1)}) {}

  const Tensor copy_;
  const Tensor& tensor_;
  const Rows rows_;
};

// y = a * b + beta * y, matrix by matrix.
template <class T>
void multiply(const MatrixOperand& a, const MatrixOperand& b, T beta, const Tensor& y) {
  const Shape& shape = y.shape();
  const int64_t rows = shape[shape.size() - 2], columns = shape.back();
  const kernels::Matrix<T> result{core::elements<T>(y), rows, columns, columns};
  if (shape.rank() == 2) return kernels::gemm<T>(T(1), a.matrix<T>(), b.matrix<T>(), beta, result);
  const Shape strides_a = a.batch_strides(shape), strides_b = b.batch_strides(shape);
  const auto stacks = kernels::collapse<2>(shape.rank() - 2, shape.data(), {strides_a.data(), strides_b.data()});
  kernels::batched_gemm<T>(stacks, T(1), a.matrix<T>(), b.matrix<T>(), beta, result);
}

// For matrices, or stacks of them that broadcast, of one floating type.
struct Matmul {
  static constexpr const char* name = "matmul";

  Tensor batch(const ops::Examples&, const ops::Mapped& a, const ops::Mapped& b) const {
    return ops::matmul_of_all(a, b);
  }
  autograd::Spec shape(const Tensor& a, const Tensor& b) const {
    return {matmul_shape(a.shape(), b.shape()), a.dtype()};
  }
  void compute(const Tensor& a, const Tensor& b, const Tensor& y) const { ops::matmul_into(a, b, y); }
  std::optional<autograd::Instruction> followed_by(const autograd::Instruction& next, const Tensor& a,
                                                   const Tensor& b) const {
    return ops::dense_instead(a, b, next);
  }
  uint32_t keeps(uint32_t wanted) const { return ops::keeps_other(wanted); }
  void vjp(const autograd::Primals& primals, const Tensor& g, autograd::Gradients& gradients) const {
    if (gradients.needed(0)) gradients.set_summed(0, matmul(g, transpose(primals.input(1), -2, -1)));
    if (gradients.needed(1)) gradients.set_summed(1, matmul(transpose(primals.input(0), -2, -1), g));
  }
  Tensor jvp(const autograd::Primals& primals, const Tensor& da, const Tensor& db) const {
    if (da.defined() && db.defined()) return ops::sum_of_matmuls(da, primals.input(1), primals.input(0), db);
    return ops::bilinear_jvp(*this, primals, da, db);
  }
};

// a b + c d, for matrices of alike shapes: the second product is added where the first one lies.
struct SumOfMatmuls {
  static constexpr const char* name = "sum_of_matmuls";

  autograd::Spec shape(const Tensor& a, const Tensor& b, const Tensor&, const Tensor&) const {
    return {matmul_shape(a.shape(), b.shape()), a.dtype()};
  }
  void compute(const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d, const Tensor& y) const {
    core::switch_floating(y.dtype(), [&]<class T>(T) {
      multiply<T>(MatrixOperand(a), MatrixOperand(b), 0, y);
      multiply<T>(MatrixOperand(c), MatrixOperand(d), 1, y);
    });
  }
  Tensor decompose(const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d) const {
    return matmul(a, b) + matmul(c, d);
  }
};

}  // namespace

Tensor ops::sum_of_matmuls(const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d) {
  return autograd::apply(SumOfMatmuls{}, a, b, c, d);
}

Tensor ops::matmul_of_all(const Mapped& a, const Mapped& b) {
  const int rank = std::max(a.rank(), b.rank());
  // A column times a row: no sums.
  if (a.value.shape().back() == 1) return aligned(a, rank) * aligned(b, rank);
  // A matrix times columns of all examples is the larger product of the columns as rows.
  if (!a.mapped && a.rank() == 2 && b.rank() == 2 && b.value.shape().back() == 1) {
    return transpose(matmul(transpose(b.value, -2, -1), transpose(a.value)), -2, -1);
  }
  // matmul itself makes a stack times one matrix one larger product.
  return matmul(aligned(a, rank), aligned(b, rank));
}

bool ops::is_matmul(const autograd::Instruction& instruction) {
  return instruction.table == &autograd::op_table<Matmul, 2>;
}

void ops::matmul_into(const Tensor& a, const Tensor& b, const Tensor& y) {
  core::switch_floating(a.dtype(), [&]<class T>(T) { multiply<T>(MatrixOperand(a), MatrixOperand(b), 0, y); });
}

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

  const DType promoted = promote_types(first.dtype(), second.dtype());
  const DType type = is_floating(promoted) ? promoted : DType::float64;
  const ops::Operand operand_a("matmul", first, type), operand_b("matmul", second, type);
  return autograd::apply(Matmul{}, operand_a.tensor, operand_b.tensor);
}

Tensor Tensor::matmul(const Tensor& other) const { return xtape::matmul(*this, other); }

void ops::describe_matmul(autograd::Registry& to) {
  to.add<Matmul, 2>();
  to.add<SumOfMatmuls, 4>();
}

}  // namespace xtape
