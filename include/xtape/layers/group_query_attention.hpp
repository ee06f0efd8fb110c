#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/attention_arguments.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

struct GroupQueryAttentionOptions {
  /// Dropout of the attention scores in training.
  double dropout = 0;
  bool use_bias = true;
  /// Lets a query see only the keys that are less than so many places away, on both sides; with use_causal_mask, on the
  /// one. Default: all.
  std::optional<int64_t> sliding_window = std::nullopt;
  /// Has no effect: the scores are never in memory as a whole anyway, but in with_scores.
  std::optional<bool> flash_attention = std::nullopt;
  initializers::Initializer kernel_initializer = "glorot_uniform";
  initializers::Initializer bias_initializer = "zeros";
  regularizers::Regularizer kernel_regularizer = {};
  regularizers::Regularizer bias_regularizer = {};
  /// Of each of the projections, and, as in Keras, of what the layer returns once more.
  regularizers::Regularizer activity_regularizer = {};
  constraints::Constraint kernel_constraint = {};
  constraints::Constraint bias_constraint = {};
  /// Multiplies what heads attend to by a gate, the sigmoid of a projection of the query.
  bool use_gate = false;
  /// Has the dropout draw from a stream of its own that begins with the seed. Default: from the global one.
  std::optional<uint64_t> seed = std::nullopt;
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Scaled dot-product attention in several heads, groups of which share their keys and values (Ainslie et al., 2023):
/// query [batch, queries, in], value and key [batch, keys, ...] -> [batch, queries, in]. Called with one tensor it
/// attends to itself. Masks are those of MultiHeadAttention.
///
/// Weights: the query's kernel [in, num_query_heads, head_dim] and bias, the key's and the value's
/// [in, num_key_value_heads, head_dim] and biases, then the output's [num_query_heads, head_dim, in] and bias [in]; a
/// gate's, as the query's, before the value's.
class XTAPE_API GroupQueryAttention : public Layer {
 public:
  /// @throws ValueError for numbers below 1, unless num_key_value_heads divides num_query_heads, or for a dropout
  /// outside [0, 1); in the first call ShapeError unless queries are [batch, queries, in] with a known `in`.
  GroupQueryAttention(Count head_dim, Count num_query_heads, Count num_key_value_heads,
                      GroupQueryAttentionOptions options = {});  // refused? see GroupQueryAttentionOptions

  using Layer::operator();
  /// @throws as those of MultiHeadAttention.
  Tensor operator()(const Tensor& query, const Tensor& value, const AttentionArguments<Tensor>& arguments = {}) const;
  Symbol operator()(const Symbol& query, const Symbol& value, const AttentionArguments<Symbol>& arguments = {}) const;
  /// What Keras gives with return_attention_scores.
  AttentionResult<Tensor> with_scores(const Tensor& query, const Tensor& value,
                                      const AttentionArguments<Tensor>& arguments = {}) const;
  AttentionResult<Symbol> with_scores(const Symbol& query, const Symbol& value,
                                      const AttentionArguments<Symbol>& arguments = {}) const;

  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static GroupQueryAttention from_config(const Config& config);
};

}  // namespace xtape::layers
