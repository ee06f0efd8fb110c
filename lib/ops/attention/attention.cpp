#include "kernels/attention/attention.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/attention.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "ops/support/composite.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Inputs;
using autograd::Saved;

namespace {

constexpr const char* name_of_op = "scaled_dot_product_attention";

void check_attention(const Tensor& query, const Tensor& key, const Tensor& value) {
  for (const Tensor* x : {&query, &key, &value}) core::check_floating(name_of_op, *x);
  const bool ranks = query.rank() >= 2 && key.rank() == query.rank() && value.rank() == query.rank();
  if (!ranks || query.shape(-1) != key.shape(-1) || key.shape(-2) != value.shape(-2)) {
    throw ShapeError(std::string(name_of_op) +
                     ": expected query [..., queries, dim], key [..., keys, dim] and value [..., keys, value_dim]: "
                     "query " +
                     query.shape().str() + ", key " + key.shape().str() + ", value " + value.shape().str());
  }
}

Shape leading(const Shape& shape) { return Shape(shape.begin(), shape.end() - 2); }

// [..., queries, keys].
Shape shape_of_scores(const Tensor& query, const Tensor& key) {
  Shape shape = broadcast_shapes(leading(query.shape()), leading(key.shape()), name_of_op);
  shape.push_back(query.shape(-2));
  shape.push_back(key.shape(-2));
  return shape;
}

// Whether each of the last lengths is that of `scores`, or 1; a mask may have more matrices.
bool mask_fits(const Shape& mask, const Shape& scores) {
  for (int axis = 1; axis <= std::min(mask.rank(), scores.rank()); ++axis) {
    const int64_t length = mask[mask.rank() - axis], wanted = scores[scores.rank() - axis];
    if (length != wanted && length != 1 && (axis <= 2 || wanted != 1)) return false;
  }
  return true;
}

// Of numbers that say what to add to the scores, the truth would be the opposite of what is meant.
void check_mask(const Tensor& mask, const Shape& scores) {
  if (!mask.defined()) return;
  if (is_floating(mask.dtype())) {
    throw DTypeError(std::string(name_of_op) + ": expected a bool mask, true where a key is seen, got " +
                     name(mask.dtype()) + "; of an additive one take mask == 0");
  }
  if (mask_fits(mask.shape(), scores)) return;
  throw ShapeError(std::string(name_of_op) + ": expected a mask that broadcasts to [..., queries, keys] " +
                   scores.str() + ", given " + mask.shape().str());
}

// Whether the operands are made for the kernel: of one type, matrix by matrix, none of them empty, and with a mask that
// adds no matrices.
bool kernel_takes(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask,
                  const Shape& scores) {
  return (!mask.defined() || broadcast_shapes(mask.shape(), scores, name_of_op) == scores) &&
         query.dtype() == key.dtype() && query.dtype() == value.dtype() &&
         leading(query.shape()) == leading(key.shape()) && leading(query.shape()) == leading(value.shape()) &&
         query.numel() > 0 && value.numel() > 0;
}

// The same in public operations, of {query, key, value}.
Tensor composite_attention(const std::vector<Tensor>& inputs, const Tensor& mask, double scale) {
  // The query is the smaller operand to scale.
  const Tensor scores = matmul(inputs[0] * scale, transpose(inputs[1], -2, -1));
  if (!mask.defined()) return matmul(softmax(scores), inputs[2]);
  // The softmax of a query that sees no key is no number, of which nothing is left, nor of its derivatives.
  const Tensor weights = softmax(where(mask, scores, -INFINITY));
  return matmul(where(mask, weights, 0), inputs[2]);
}

// A tensor whose rows are contiguous: itself, if they are.
Tensor with_contiguous_rows(const Tensor& x) {
  const Shape& strides = x.strides();
  const int last = x.rank() - 1;
  return strides[last] == 1 && strides[last - 1] >= x.shape()[last] ? x : ops::copy(name_of_op, x);
}

// A new tensor with matrices of `like`'s number of rows; heads that lie side by side there lie side by side here.
Tensor make_matrices(const Tensor& like, int64_t columns) {
  Shape shape = like.shape();
  shape.back() = columns;
  const auto made = [&](const Shape& lengths) { return core::make_tensor(lengths, like.dtype(), name_of_op); };
  if (shape.rank() != 4 || like.strides()[1] >= like.strides()[2]) return made(shape);
  const int64_t heads = shape[1], rows = shape[2];
  return core::make_view(made({shape[0], rows, heads, columns}), shape,
                         {rows * heads * columns, columns, heads * columns, 1}, 0);
}

// Where each matrix of x starts.
std::vector<int64_t> matrix_offsets(const Tensor& x) {
  std::vector<int64_t> offsets = {0};
  for (int axis = 0; axis + 2 < x.rank(); ++axis) {
    std::vector<int64_t> finer;
    for (const int64_t offset : offsets) {
      for (int64_t i = 0; i < x.shape()[axis]; ++i) finer.push_back(offset + i * x.strides()[axis]);
    }
    offsets = std::move(finer);
  }
  return offsets;
}

// A tensor as the kernel takes it; null for an undefined one.
class MatrixStack {
 public:
  explicit MatrixStack(const Tensor& x) : x_(x), offsets_(x.defined() ? matrix_offsets(x) : std::vector<int64_t>()) {}
  template <class T>
  kernels::Matrices<T> matrices() const {
    if (!x_.defined()) return {};
    return {core::elements<T>(x_), offsets_.data(), x_.strides()[x_.rank() - 2]};
  }
  kernels::AttentionMask mask() const {
    if (!x_.defined()) return {};
    return {core::elements<const bool>(x_), offsets_.data(), x_.strides()[x_.rank() - 2], x_.strides()[x_.rank() - 1]};
  }

 private:
  Tensor x_;
  std::vector<int64_t> offsets_;
};

kernels::AttentionSizes sizes_of(const Tensor& query, const Tensor& value) {
  const Shape matrices = leading(query.shape());
  return {matrices.numel(), query.shape(-2), value.shape(-2), query.shape(-1), value.shape(-1)};
}

// Sets the gradients of query, key and value that are needed.
void attention_vjp(const Tensor& gradient, const Tensor& query, const Tensor& key, const Tensor& value,
                   const Tensor& mask, double scale, Gradients& gradients) {
  const Tensor g = with_contiguous_rows(gradient);
  std::vector<Tensor> results;
  for (const Tensor* x : {&query, &key, &value}) {
    results.push_back(gradients.needed(results.size()) ? make_matrices(*x, x->shape().back()) : Tensor());
  }
  const MatrixStack dy(g), q(query), k(key), v(value), dq(results[0]), dk(results[1]), dv(results[2]), seen(mask);
  core::switch_floating(query.dtype(), [&]<class T>(T) {
    kernels::attention_vjp<T>({sizes_of(query, value), q.matrices<const T>(), k.matrices<const T>(),
                               v.matrices<const T>(), seen.mask(), static_cast<T>(scale)},
                              dy.matrices<const T>(), {dq.matrices<T>(), dk.matrices<T>(), dv.matrices<T>()});
  });
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].defined()) gradients.set(i, results[i]);
  }
}

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const Tensor& given_mask, double given_scale) {
  check_attention(query, key, value);
  detail::check_number(name_of_op, "scale", given_scale, detail::Range::finite);
  const Shape scores = shape_of_scores(query, key);
  check_mask(given_mask, scores);
  const double scale = given_scale != 0 ? given_scale : 1 / std::sqrt(static_cast<double>(query.shape(-1)));
  if (!kernel_takes(query, key, value, given_mask, scores)) {
    return composite_attention({query, key, value}, given_mask, scale);
  }
  Tensor mask;
  if (given_mask.defined()) {
    mask = broadcast_to(given_mask.dtype() == DType::bool_ ? given_mask : not_equal(given_mask, 0), scores);
  }

  const Tensor q = with_contiguous_rows(query), k = with_contiguous_rows(key), v = with_contiguous_rows(value);
  Tensor y = make_matrices(q, v.shape(-1));
  const MatrixStack q_operand(q), k_operand(k), v_operand(v), y_operand(y), seen(mask);
  core::switch_floating(q.dtype(), [&]<class T>(T) {
    kernels::attention<T>({sizes_of(q, v), q_operand.matrices<const T>(), k_operand.matrices<const T>(),
                           v_operand.matrices<const T>(), seen.mask(), static_cast<T>(scale)},
                          y_operand.matrices<T>());
  });

  if (autograd::needs_grad(q, k, v)) {
    autograd::record(name_of_op, y, Inputs{q, k, v},
                     [q = Saved(q), k = Saved(k), v = Saved(v), saved_mask = mask.defined() ? Saved(mask) : Saved(),
                      scale](const Tensor& g, Gradients& gradients) {
                       const Tensor mask = saved_mask.defined() ? saved_mask.get() : Tensor();
                       const std::vector<Tensor> inputs = {q.get(), k.get(), v.get()};
                       if (autograd::recording) {
                         const auto composite = [&](const std::vector<Tensor>& x) -> std::vector<Tensor> {
                           return {composite_attention(x, mask, scale)};
                         };
                         ops::composite_vjp(composite, inputs, std::span(&g, 1), gradients);
                         return;
                       }
                       attention_vjp(g, inputs[0], inputs[1], inputs[2], mask, scale, gradients);
                     });
  }
  return y;
}

}  // namespace xtape
