#include "kernels/attention/attention.hpp"

#include <algorithm>
#include <array>
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
#include <xtape/ops/reduction.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "ops/attention/weights.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/in_operation.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Primals;

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
  if (shape.rank() != 4 || like.strides()[1] >= like.strides()[2])
    return core::make_tensor(shape, like.dtype(), name_of_op);
  const int64_t heads = shape[1], rows = shape[2];
  return core::make_view(core::make_tensor({shape[0], rows, heads, columns}, like.dtype(), name_of_op), shape,
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

// The weights of the values.
Tensor attention_weights(const Tensor& query, const Tensor& key, const Tensor& mask, double scale) {
  // The query is the smaller operand to scale.
  return ops::attention_weights(matmul(query * scale, transpose(key, -2, -1)), mask);
}

// t times the Jacobian of the softmax, which is symmetric.
Tensor softmax_derivative(const Tensor& weights, const Tensor& t) { return weights * (t - sum(weights * t, -1, true)); }

// The gradients of query, key and value that are needed. Rows are contiguous, the mask, which may be undefined, has the
// shape of the scores.
struct AttentionVjp {
  static constexpr const char* name = "scaled_dot_product_attention_vjp";
  static constexpr std::size_t outputs = 3;
  double scale;
  std::array<bool, 3> needed;

  void attributes(autograd::Attributes& to) const { to("scale", scale), to("needed", needed); }
  std::array<Tensor, 3> batch(const ops::Examples& examples, const ops::Mapped& g, const ops::Mapped& query,
                              const ops::Mapped& key, const ops::Mapped& value, const ops::Mapped& mask) const {
    return autograd::apply(*this, ops::stacked(g, examples), ops::stacked(query, examples),
                           ops::stacked(key, examples), ops::stacked(value, examples), ops::stacked(mask, examples));
  }
  std::array<Tensor, 3> make(const Tensor&, const Tensor& query, const Tensor& key, const Tensor& value,
                             const Tensor&) const {
    const auto gradient = [&](std::size_t i, const Tensor& x) {
      return needed[i] ? make_matrices(x, x.shape().back()) : Tensor();
    };
    return {gradient(0, query), gradient(1, key), gradient(2, value)};
  }
  void compute(const Tensor& gradient, const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask,
               const Tensor& dquery, const Tensor& dkey, const Tensor& dvalue) const {
    const MatrixStack g(with_contiguous_rows(gradient)), q(query), k(key), v(value), seen(mask);
    const MatrixStack dq(dquery), dk(dkey), dv(dvalue);
    core::switch_floating(query.dtype(), [&]<class T>(T) {
      kernels::attention_vjp<T>({sizes_of(query, value), q.matrices<const T>(), k.matrices<const T>(),
                                 v.matrices<const T>(), seen.mask(), static_cast<T>(scale)},
                                g.matrices<const T>(), {dq.matrices<T>(), dk.matrices<T>(), dv.matrices<T>()});
    });
  }
  std::array<Tensor, 3> decompose(const Tensor& g, const Tensor& query, const Tensor& key, const Tensor& value,
                                  const Tensor& mask) const {
    const Tensor weights = attention_weights(query, key, mask, scale);
    const Tensor scores = softmax_derivative(weights, matmul(g, transpose(value, -2, -1))) * scale;
    return {needed[0] ? matmul(scores, key) : Tensor(), needed[1] ? matmul(transpose(scores, -2, -1), query) : Tensor(),
            needed[2] ? matmul(transpose(weights, -2, -1), g) : Tensor()};
  }
};

struct Attention {
  static constexpr const char* name = name_of_op;
  double scale;

  void attributes(autograd::Attributes& to) const { to("scale", scale); }
  Tensor batch(const ops::Examples& examples, const ops::Mapped& query, const ops::Mapped& key,
               const ops::Mapped& value, const ops::Mapped& mask) const {
    return autograd::apply(*this, ops::stacked(query, examples), ops::stacked(key, examples),
                           ops::stacked(value, examples), ops::stacked(mask, examples));
  }
  Tensor make(const Tensor& query, const Tensor&, const Tensor& value, const Tensor&) const {
    return make_matrices(query, value.shape(-1));
  }
  void compute(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask, const Tensor& y) const {
    const MatrixStack q(query), k(key), v(value), seen(mask), results(y);
    core::switch_floating(query.dtype(), [&]<class T>(T) {
      kernels::attention<T>({sizes_of(query, value), q.matrices<const T>(), k.matrices<const T>(),
                             v.matrices<const T>(), seen.mask(), static_cast<T>(scale)},
                            results.matrices<T>());
    });
  }
  uint32_t keeps(uint32_t) const { return 15; }
  void vjp(const Primals& primals, const Tensor& g, Gradients& gradients) const {
    const AttentionVjp op{scale, {gradients.needed(0), gradients.needed(1), gradients.needed(2)}};
    auto results = autograd::apply(op, g, primals.input(0), primals.input(1), primals.input(2), primals.input(3));
    for (std::size_t i = 0; i < 3; ++i) {
      if (gradients.needed(i)) gradients.set(i, std::move(results[i]));
    }
  }
  Tensor jvp(const Primals& primals, const Tensor& dquery, const Tensor& dkey, const Tensor& dvalue,
             const Tensor&) const {
    const Tensor query = primals.input(0), key = primals.input(1);
    const Tensor weights = attention_weights(query, key, primals.input(3), scale);
    Tensor scores, tangent;
    if (dquery.defined()) scores = matmul(dquery * scale, transpose(key, -2, -1));
    if (dkey.defined()) {
      const Tensor part = matmul(query * scale, transpose(dkey, -2, -1));
      scores = scores.defined() ? scores + part : part;
    }
    if (scores.defined()) tangent = matmul(softmax_derivative(weights, scores), primals.input(2));
    if (dvalue.defined()) {
      const Tensor part = matmul(weights, dvalue);
      tangent = tangent.defined() ? tangent + part : part;
    }
    return tangent;
  }
};

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const Tensor& given_mask, double given_scale) {
  check_attention(query, key, value);
  detail::check_number(name_of_op, "scale", given_scale, detail::Range::finite);
  const Shape scores = shape_of_scores(query, key);
  check_mask(given_mask, scores);
  const double scale = given_scale != 0 ? given_scale : 1 / std::sqrt(static_cast<double>(query.shape(-1)));
  if (!kernel_takes(query, key, value, given_mask, scores)) {
    return ops::in_operation(name_of_op,
                             [&] { return matmul(attention_weights(query, key, given_mask, scale), value); });
  }
  Tensor mask;
  if (given_mask.defined()) {
    mask = broadcast_to(given_mask.dtype() == DType::bool_ ? given_mask : not_equal(given_mask, 0), scores);
  }

  return autograd::apply(Attention{scale}, with_contiguous_rows(query), with_contiguous_rows(key),
                         with_contiguous_rows(value), mask);
}

void ops::describe_attention(autograd::Registry& to) {
  to.add<Attention, 4>();
  to.add<AttentionVjp, 5>();
}

}  // namespace xtape
