#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/attention.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>

#include <cmath>

#include "core/checks.hpp"

namespace xtape {

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask,
                                    double scale) {
  for (const Tensor* x : {&query, &key, &value}) core::check_floating("scaled_dot_product_attention", *x);
  const bool ranks = query.rank() >= 2 && key.rank() == query.rank() && value.rank() == query.rank();
  if (!ranks || query.shape(-1) != key.shape(-1) || key.shape(-2) != value.shape(-2)) {
    throw ShapeError(
        "scaled_dot_product_attention: expected query [..., queries, dim], key [..., keys, dim] and value "
        "[..., keys, value_dim]: query " +
        query.shape().str() + ", key " + key.shape().str() + ", value " + value.shape().str());
  }
  const double factor = scale != 0 ? scale : 1 / std::sqrt(static_cast<double>(query.shape(-1)));
  // The query is the smaller operand to scale.
  Tensor scores = matmul(query * factor, transpose(key, -2, -1));
  // Low enough to vanish in the softmax, and still finite where everything is masked.
  if (mask.defined()) scores = where(mask, scores, -1e30);
  return matmul(softmax(scores), value);
}

}  // namespace xtape
