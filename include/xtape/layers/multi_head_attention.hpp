#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct MultiHeadAttentionOptions {
  /// Length of a head's values; default: key_dim.
  std::optional<int64_t> value_dim = std::nullopt;
  /// Dropout of the attention scores in training.
  double dropout = 0;
  bool use_bias = true;
  /// Last length of the output; default: that of the query.
  std::optional<int64_t> output_shape = std::nullopt;
  NameOr<initializers::Initializer> kernel_initializer = "glorot_uniform";
  NameOr<initializers::Initializer> bias_initializer = "zeros";
  NameOr<regularizers::Regularizer> kernel_regularizer = {};
  NameOr<regularizers::Regularizer> bias_regularizer = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;
};

/// What a call of MultiHeadAttention takes besides query and value.
struct AttentionInputs {
  /// Default: the value.
  Tensor key = {};
  /// bool [batch, queries, keys], or integers for their truth; nothing is attended to where it is false.
  Tensor attention_mask = {};
  /// Let query i see the keys 0 to i only.
  bool use_causal_mask = false;
  bool training = false;
};

/// What MultiHeadAttention::call_with_scores computes.
struct AttentionResult {
  /// What the usual call returns, [batch, queries, output_shape].
  Tensor outputs;
  /// How much each query attends to each key, [batch, heads, queries, keys]. A row adds up to 1, or to 0 for a query
  /// that sees no key. Without dropout.
  Tensor scores;
};

/// Scaled dot-product attention in several heads (Vaswani et al., 2017): query [batch, queries, in], value and
/// key [batch, keys, ...] -> [batch, queries, output_shape]. Called with one tensor it attends to itself.
/// Weights: query, key and value kernels [in, heads, key_dim] (value_dim) and biases [heads, key_dim], in that
/// order, then the output's kernel [heads, value_dim, out] and bias [out].
class XTAPE_API MultiHeadAttention : public Layer {
 public:
  /// @throws ValueError for numbers below 1 or a dropout outside [0, 1).
  MultiHeadAttention(Count num_heads, Count key_dim, MultiHeadAttentionOptions options = {});

  using Layer::operator();
  /// @throws ShapeError for tensors of other ranks, for lengths that do not belong together or for which the layer
  /// was not built, and for an attention_mask that does not broadcast to [batch, queries, keys]; DTypeError for a
  /// floating one.
  Tensor operator()(const Tensor& query, const Tensor& value, const AttentionInputs& inputs = {});
  /// What Keras gives with return_attention_scores. Slower than the usual call, which never holds all scores.
  /// @throws as above.
  AttentionResult call_with_scores(const Tensor& query, const Tensor& value, const AttentionInputs& inputs = {});

  /// @throws ShapeError unless queries are [batch, queries, in] with a known `in`.
  void build(const Shape& query_shape) override;
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& query_shape) override;

 private:
  struct Projection {
    Tensor kernel;
    Tensor bias;
  };
  Projection add_projection(const std::string& name, const Shape& kernel_shape, const Shape& bias_shape);
  // query [batch, heads, queries, key_dim], key and value likewise; mask as scaled_dot_product_attention takes it.
  struct Heads {
    Tensor query;
    Tensor key;
    Tensor value;
    Tensor mask;
  };
  void ensure_fits(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask);
  Tensor to_heads(const Tensor& x, const Projection& projection) const;
  Heads split(const Tensor& query, const Tensor& key, const Tensor& value, const AttentionInputs& inputs) const;
  Tensor join(const Tensor& heads) const;
  Tensor attend(const Heads& heads, bool training) const;
  AttentionResult attend_with_scores(const Heads& heads, bool training) const;

  int64_t num_heads_;
  int64_t key_dim_;
  MultiHeadAttentionOptions options_;
  /// Last lengths of key and value where they are not the query's; used by build.
  int64_t key_features_ = -1;
  int64_t value_features_ = -1;
  Projection query_;
  Projection key_;
  Projection value_;
  Projection output_;
};

}  // namespace xtape::layers
