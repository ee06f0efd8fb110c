#include <algorithm>
#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/multi_head_attention.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/attention.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/dropout.hpp>
#include <xtape/ops/linalg.hpp>

namespace xtape::layers {
namespace {

// Whether each length is that of `target`, or 1.
bool broadcasts_to(const Shape& shape, const Shape& target) {
  return std::equal(shape.begin(), shape.end(), target.begin(), target.end(),
                    [](int64_t length, int64_t wanted) { return length == wanted || length == 1; });
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(Count num_heads, Count key_dim, MultiHeadAttentionOptions options)
    : Layer({.name = options.name, .trainable = options.trainable, .dtype = options.dtype}),
      num_heads_(num_heads),
      key_dim_(key_dim),
      options_(std::move(options)) {
  detail::check_at_least(1, "MultiHeadAttention", "num_heads", num_heads);
  detail::check_at_least(1, "MultiHeadAttention", "key_dim", key_dim);
  detail::check_at_least(1, "MultiHeadAttention", "value_dim", options_.value_dim.value_or(1));
  detail::check_at_least(1, "MultiHeadAttention", "output_shape", options_.output_shape.value_or(1));
  detail::check_number("MultiHeadAttention", "dropout", options_.dropout, detail::Range::from_0_below_1);
}

MultiHeadAttention::Projection MultiHeadAttention::add_projection(const std::string& name, const Shape& kernel_shape,
                                                                  const Shape& bias_shape) {
  Projection projection;
  projection.kernel = add_weight(name + "/kernel", kernel_shape, options_.kernel_initializer,
                                 {.regularizer = options_.kernel_regularizer});
  if (options_.use_bias) {
    projection.bias =
        add_weight(name + "/bias", bias_shape, options_.bias_initializer, {.regularizer = options_.bias_regularizer});
  }
  return projection;
}

void MultiHeadAttention::build(const Shape& query_shape) {
  if (query_shape.rank() != 3 || query_shape[2] < 1) {
    throw ShapeError("expected inputs [batch, queries, features], given " + query_shape.str());
  }
  const int64_t features = query_shape[2];
  const int64_t value_dim = options_.value_dim.value_or(key_dim_);
  const int64_t key_features = key_features_ == -1 ? features : key_features_;
  const int64_t value_features = value_features_ == -1 ? features : value_features_;
  query_ = add_projection("query", {features, num_heads_, key_dim_}, {num_heads_, key_dim_});
  key_ = add_projection("key", {key_features, num_heads_, key_dim_}, {num_heads_, key_dim_});
  value_ = add_projection("value", {value_features, num_heads_, value_dim}, {num_heads_, value_dim});
  const int64_t out = options_.output_shape.value_or(features);
  output_ = add_projection("attention_output", {num_heads_, value_dim, out}, {out});
}

// Builds the layer for these inputs, or sees whether they fit.
void MultiHeadAttention::ensure_fits(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask) {
  const auto error = [&](const std::string& expected) {
    return ShapeError("expected " + expected + ", given query " + query.shape().str() + ", value " +
                          value.shape().str() + ", key " + key.shape().str(),
                      name());
  };
  if (!query.defined() || !key.defined() || !value.defined()) throw ValueError("an input is undefined", name());
  const bool ranks = query.rank() == 3 && key.rank() == 3 && value.rank() == 3;
  if (!ranks || query.shape(0) != key.shape(0) || query.shape(0) != value.shape(0) || key.shape(1) != value.shape(1)) {
    throw error("query [batch, queries, features], value and key [batch, keys, features]");
  }
  const Shape scores = {query.shape(0), query.shape(1), key.shape(1)};
  if (mask.defined() && !broadcasts_to(mask.shape(), scores)) {
    throw ShapeError("expected attention_mask [batch, queries, keys] " + scores.str() + ", given " + mask.shape().str(),
                     name());
  }
  if (!built()) {
    key_features_ = key.shape(-1);
    value_features_ = value.shape(-1);
    ensure_built(query.shape());
  }
  const int64_t built_for[] = {query_.kernel.shape(0), value_.kernel.shape(0), key_.kernel.shape(0)};
  if (query.shape(-1) != built_for[0] || value.shape(-1) != built_for[1] || key.shape(-1) != built_for[2]) {
    throw error("the last lengths it was built for, " + std::to_string(built_for[0]) + " of query, " +
                std::to_string(built_for[1]) + " of value and " + std::to_string(built_for[2]) + " of key");
  }
}

Tensor MultiHeadAttention::operator()(const Tensor& query, const Tensor& value, const AttentionInputs& inputs) {
  const Tensor& key = inputs.key.defined() ? inputs.key : value;
  ensure_fits(query, key, value, inputs.attention_mask);
  return with_path([&] { return attend(split(query, key, value, inputs), inputs.training); });
}

AttentionResult MultiHeadAttention::call_with_scores(const Tensor& query, const Tensor& value,
                                                     const AttentionInputs& inputs) {
  const Tensor& key = inputs.key.defined() ? inputs.key : value;
  ensure_fits(query, key, value, inputs.attention_mask);
  return with_path([&] { return attend_with_scores(split(query, key, value, inputs), inputs.training); });
}

Tensor MultiHeadAttention::call(const Tensor& x, bool training) { return attend(split(x, x, x, {}), training); }

// [batch, n, in] -> [batch, heads, n, dim].
Tensor MultiHeadAttention::to_heads(const Tensor& x, const Projection& projection) const {
  const Tensor kernel = projection.kernel.flatten(1);
  const Tensor bias = projection.bias.defined() ? projection.bias.flatten() : Tensor();
  return dense(x.astype(dtype()), kernel, bias).reshape({x.shape(0), x.shape(1), num_heads_, -1}).transpose(1, 2);
}

MultiHeadAttention::Heads MultiHeadAttention::split(const Tensor& query, const Tensor& key, const Tensor& value,
                                                    const AttentionInputs& inputs) const {
  Tensor mask;
  if (inputs.attention_mask.defined()) {
    // As scaled_dot_product_attention: numbers to be added to the scores would mean the opposite.
    if (is_floating(inputs.attention_mask.dtype())) {
      throw DTypeError("expected a bool attention_mask, true where a key is seen, given " +
                       std::string(xtape::name(inputs.attention_mask.dtype())) +
                       "; of an additive one take attention_mask == 0");
    }
    mask = inputs.attention_mask.expand_dims(1).astype(bool_);
  }
  if (inputs.use_causal_mask) {
    const Tensor causal = arange(query.shape(1)).expand_dims(1) >= arange(key.shape(1));
    mask = mask.defined() ? logical_and(mask, causal) : causal;
  }
  return {to_heads(query, query_), to_heads(key, key_), to_heads(value, value_), mask};
}

// [batch, heads, queries, value_dim] -> [batch, queries, out].
Tensor MultiHeadAttention::join(const Tensor& heads) const {
  const Tensor joined = heads.transpose(1, 2).reshape({heads.shape(0), heads.shape(2), -1});
  return dense(joined, output_.kernel.reshape({-1, output_.kernel.shape(-1)}), output_.bias);
}

Tensor MultiHeadAttention::attend(const Heads& heads, bool training) const {
  if (training && options_.dropout > 0) return attend_with_scores(heads, training).outputs;
  return join(scaled_dot_product_attention(heads.query, heads.key, heads.value, heads.mask));
}

AttentionResult MultiHeadAttention::attend_with_scores(const Heads& heads, bool training) const {
  Tensor products = matmul(heads.query * (1 / std::sqrt(static_cast<double>(key_dim_))), heads.key.transpose(-2, -1));
  if (heads.mask.defined()) products = where(heads.mask, products, -INFINITY);
  Tensor scores = softmax(products);
  // A query that sees no key attends to nothing, where the softmax is no number.
  if (heads.mask.defined()) scores = where(heads.mask, scores, 0);
  const Tensor kept = training && options_.dropout > 0 ? dropout(scores, options_.dropout) : scores;
  return {join(matmul(kept, heads.value)), scores};
}

Shape MultiHeadAttention::compute_output_shape(const Shape& query_shape) {
  return {query_shape[0], query_shape[1], options_.output_shape.value_or(query_shape[2])};
}

}  // namespace xtape::layers
