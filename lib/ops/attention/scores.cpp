#include <cmath>
#include <string>
#include <utility>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/attention.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/dropout.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "core/checks.hpp"
#include "ops/attention/weights.hpp"
#include "ops/support/in_operation.hpp"

namespace xtape {
namespace {

// @throws DTypeError: of numbers that say what to add to the scores, the truth would be the opposite of what is meant.
Tensor truth_of(const char* operation, const char* what, const Tensor& mask) {
  if (mask.defined() && is_floating(mask.dtype())) {
    throw DTypeError(std::string(operation) + ": expected " + what + " to be bool or integers, got " +
                     name(mask.dtype()) + "; of an additive one take mask == 0");
  }
  return mask.defined() ? mask.astype(DType::bool_) : mask;
}

// Queries of groups of heads as more queries of one head each, which share its keys.
struct Groups {
  int64_t groups, queries;
  Shape heads;  // [..., heads]

  Tensor folded(const Tensor& x) const {
    Shape shape(x.shape().begin(), x.shape().end() - 3);
    shape.push_back(heads.back() / groups);
    shape.push_back(groups * queries);
    shape.push_back(x.shape().back());
    return x.reshape(shape);
  }
  Tensor unfolded(const Tensor& x) const {
    Shape shape = heads;
    shape.push_back(queries);
    shape.push_back(x.shape().back());
    return x.reshape(shape);
  }
  // Of [..., heads, queries, keys] or what broadcasts to it.
  Tensor folded_mask(const Tensor& mask) const {
    if (!mask.defined() || mask.rank() < 2) return mask;
    if (mask.shape(-2) == 1 && (mask.rank() < 3 || mask.shape(-3) == 1)) return mask;
    Shape shape(mask.shape().begin(), mask.rank() < 3 ? mask.shape().begin() : mask.shape().end() - 3);
    shape.push_back(heads.back());
    shape.push_back(queries);
    shape.push_back(mask.shape().back());
    return folded(broadcast_to(mask, shape));
  }
};

Groups groups_of(const char* operation, const Tensor& query, const Tensor& key, const Tensor& value) {
  for (const Tensor* x : {&query, &key, &value}) core::check_floating(operation, *x);
  const bool ranks = query.rank() >= 3 && key.rank() >= 3 && value.rank() >= 3;
  if (!ranks || key.shape(-3) == 0 || query.shape(-3) % key.shape(-3) != 0 || key.shape(-3) != value.shape(-3)) {
    throw ShapeError(std::string(operation) +
                     ": expected query [..., heads, queries, dim], key [..., key_heads, keys, dim] and value "
                     "[..., key_heads, keys, value_dim], heads a multiple of key_heads: query " +
                     query.shape().str() + ", key " + key.shape().str() + ", value " + value.shape().str());
  }
  return {query.shape(-3) / key.shape(-3), query.shape(-2), Shape(query.shape().begin(), query.shape().end() - 2)};
}

}  // namespace

Tensor ops::attention_weights(const Tensor& scores, const Tensor& mask) {
  if (!mask.defined()) return softmax(scores);
  // The softmax of a query that sees no key is no number, of which nothing is left, nor of its derivatives.
  return where(mask, softmax(where(mask, scores, -INFINITY)), 0);
}

Tensor grouped_query_attention(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask,
                               double scale) {
  const Groups groups = groups_of("grouped_query_attention", query, key, value);
  return ops::in_operation("grouped_query_attention", [&] {
    return groups.unfolded(
        scaled_dot_product_attention(groups.folded(query), key, value, groups.folded_mask(mask), scale));
  });
}

AttentionResult attend(const Tensor& scores, const Tensor& value, const Tensor& given_mask, double rate) {
  core::check_floating("attend", scores);
  core::check_floating("attend", value);
  detail::check_number("attend", "dropout", rate, detail::Range::from_0_below_1);
  if (scores.rank() < 2 || value.rank() < 2 || scores.shape(-1) != value.shape(-2)) {
    throw ShapeError("attend: expected scores [..., queries, keys] and value [..., keys, value_dim]: scores " +
                     scores.shape().str() + ", value " + value.shape().str());
  }
  const Tensor mask = truth_of("attend", "mask", given_mask);
  return ops::in_operation("attend", [&]() -> AttentionResult {
    Tensor weights = ops::attention_weights(scores, mask);
    if (rate > 0) weights = dropout(weights, rate);
    return {matmul(weights, value), weights};
  });
}

AttentionResult attention_with_scores(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask,
                                      double given_scale, double dropout) {
  const char* const name = "attention_with_scores";
  for (const Tensor* x : {&query, &key, &value}) core::check_floating(name, *x);
  detail::check_number(name, "scale", given_scale, detail::Range::finite);
  if (query.rank() < 2 || key.rank() < 2 || query.shape(-1) != key.shape(-1)) {
    throw ShapeError(std::string(name) + ": expected query [..., queries, dim] and key [..., keys, dim]: query " +
                     query.shape().str() + ", key " + key.shape().str());
  }
  const double scale = given_scale != 0 ? given_scale : 1 / std::sqrt(static_cast<double>(query.shape(-1)));
  return ops::in_operation(name,
                           [&] { return attend(matmul(query * scale, transpose(key, -2, -1)), value, mask, dropout); });
}

AttentionResult grouped_query_attention_with_scores(const Tensor& query, const Tensor& key, const Tensor& value,
                                                    const Tensor& mask, double scale, double dropout) {
  const char* const name = "grouped_query_attention_with_scores";
  const Groups groups = groups_of(name, query, key, value);
  return ops::in_operation(name, [&]() -> AttentionResult {
    const AttentionResult result =
        attention_with_scores(groups.folded(query), key, value, groups.folded_mask(mask), scale, dropout);
    return {groups.unfolded(result.y), groups.unfolded(result.scores)};
  });
}

Tensor additive_attention_scores(const Tensor& query, const Tensor& key, const Tensor& scale) {
  const char* const name = "additive_attention_scores";
  core::check_floating(name, query);
  core::check_floating(name, key);
  const bool fits = query.rank() >= 2 && key.rank() >= 2 && query.shape(-1) == key.shape(-1);
  if (!fits || (scale.defined() && scale.rank() > 0 && scale.shape() != Shape{query.shape(-1)})) {
    throw ShapeError(std::string(name) +
                     ": expected query [..., queries, dim], key [..., keys, dim] and scale [dim] or "
                     "[]: query " +
                     query.shape().str() + ", key " + key.shape().str() +
                     (scale.defined() ? ", scale " + scale.shape().str() : ""));
  }
  return ops::in_operation(name, [&] {
    const Tensor activated = tanh(query.expand_dims(-2) + key.expand_dims(-3));
    if (!scale.defined()) return sum(activated, -1);
    core::check_floating(name, scale);
    return scale.rank() == 0 ? sum(activated, -1) * scale : matmul(activated, scale);
  });
}

Tensor attention_mask(const AttentionMasks& masks, Count queries, Count keys) {
  const char* const name = "attention_mask";
  detail::check_at_least(0, name, "queries", queries);
  detail::check_at_least(0, name, "keys", keys);
  const auto expect = [&](const char* what, const Tensor& mask, const Shape& last) {
    const int rank = mask.rank();
    const bool fits =
        rank >= last.rank() && rank <= 3 && Shape(mask.shape().end() - last.rank(), mask.shape().end()) == last;
    if (fits) return;
    throw ShapeError(std::string(name) + ": expected " + what + " of shape [..., " + last.str().substr(1) + ", got " +
                     mask.shape().str());
  };
  Tensor result;
  const auto join = [&](const Tensor& mask) { result = result.defined() ? logical_and(result, mask) : mask; };
  if (masks.query.defined()) {
    expect("query", masks.query, {queries});
    join(truth_of(name, "query", masks.query).expand_dims(-1));
  }
  if (masks.key.defined()) {
    expect("key", masks.key, {keys});
    join(truth_of(name, "key", masks.key).expand_dims(-2));
  }
  if (masks.attention.defined()) {
    expect("attention", masks.attention, {queries, keys});
    join(truth_of(name, "attention", masks.attention));
  }
  if (masks.causal) join(arange(int64_t{queries}).expand_dims(1) >= arange(int64_t{keys}).expand_dims(0));
  return result;
}

}  // namespace xtape
