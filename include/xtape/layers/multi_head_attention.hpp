#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

struct MultiHeadAttentionOptions {
  /// Length of a head's values; default: key_dim.
  std::optional<int64_t> value_dim = std::nullopt;
  /// Dropout of the attention scores in training.
  double dropout = 0;
  bool use_bias = true;
  /// Last length of the output; default: that of the query.
  std::optional<int64_t> output_shape = std::nullopt;
  initializers::Initializer kernel_initializer = "glorot_uniform";
  initializers::Initializer bias_initializer = "zeros";
  regularizers::Regularizer kernel_regularizer = {};
  regularizers::Regularizer bias_regularizer = {};
  constraints::Constraint kernel_constraint = {};
  constraints::Constraint bias_constraint = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// What a call of MultiHeadAttention takes besides query and value.
template <class T>
struct AttentionArguments {
  /// Default: the value.
  T key = {};
  /// bool [batch, queries, keys], or integers for their truth; nothing is attended to where it is false.
  T attention_mask = {};
  /// Default: as in the call around.
  std::optional<bool> training = std::nullopt;
  /// Let query i see the keys 0 to i only.
  bool use_causal_mask = false;
};

/// What MultiHeadAttention::with_scores computes.
template <class T>
struct AttentionResult {
  /// What the usual call returns, [batch, queries, output_shape].
  T outputs;
  /// How much each query attends to each key, [batch, heads, queries, keys]. A row adds up to 1, or to 0 for a query
  /// that sees no key. Without dropout.
  T scores;
};

/// Scaled dot-product attention in several heads (Vaswani et al., 2017): query [batch, queries, in], value and
/// key [batch, keys, ...] -> [batch, queries, output_shape]. Called with one tensor it attends to itself.
/// Weights: query, key and value kernels [in, heads, key_dim] (value_dim) and biases [heads, key_dim], in that
/// order, then the output's kernel [heads, value_dim, out] and bias [out].
class XTAPE_API MultiHeadAttention : public Layer {
 public:
  /// @throws ValueError for numbers below 1 or a dropout outside [0, 1); in the first call ShapeError unless queries
  /// are [batch, queries, in] with a known `in`.
  MultiHeadAttention(Count num_heads, Count key_dim, MultiHeadAttentionOptions options = {});  // see its options

  using Layer::operator();
  /// @throws ShapeError for tensors of other ranks, for lengths that do not belong together or for which the layer
  /// was not built, and for an attention_mask that does not broadcast to [batch, queries, keys]; DTypeError for a
  /// floating one.
  Tensor operator()(const Tensor& query, const Tensor& value, const AttentionArguments<Tensor>& arguments = {}) const;
  /// What Keras gives with return_attention_scores: `auto [y, scores] = attention.with_scores(x, x);`. Slower than the
  /// usual call, which never holds all scores. @throws as above.
  AttentionResult<Tensor> with_scores(const Tensor& query, const Tensor& value,
                                      const AttentionArguments<Tensor>& arguments = {}) const;

  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static MultiHeadAttention from_config(const Config& config);
};

}  // namespace xtape::layers
