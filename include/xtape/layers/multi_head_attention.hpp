#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/attention_arguments.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/lengths.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

struct MultiHeadAttentionOptions {
  /// Length of a head's values; default: key_dim.
  std::optional<int64_t> value_dim = std::nullopt;
  /// Dropout of the attention scores in training.
  double dropout = 0;
  bool use_bias = true;
  /// Last lengths of the output; default: that of the query.
  Lengths output_shape = {};
  /// The axes of places along which queries attend; the lengths of others agree. Default: all.
  Axes attention_axes = {};
  /// Lets a query see only the keys that are less than so many places away, on both sides; with use_causal_mask, on the
  /// one. Default: all.
  std::optional<int64_t> sliding_window = std::nullopt;
  /// Has no effect: the scores are never in memory as a whole anyway, but in with_scores.
  std::optional<bool> flash_attention = std::nullopt;
  initializers::Initializer kernel_initializer = "glorot_uniform";
  initializers::Initializer bias_initializer = "zeros";
  regularizers::Regularizer kernel_regularizer = {};
  regularizers::Regularizer bias_regularizer = {};
  /// Of each of the projections.
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

/// Scaled dot-product attention in several heads (Vaswani et al., 2017): query [batch, queries, in], value and
/// key [batch, keys, ...] -> [batch, queries, output_shape]. Called with one tensor it attends to itself. Places may
/// have several axes, [batch, height, width, in]; scores of attention along all of them then are
/// [batch, heads, height, width, height, width]. The masks of query, value and key (mask.hpp) count as well as those
/// of the call; the result has that of the query.
///
/// Weights: query, key and value kernels [in, heads, key_dim] (value_dim) and biases [heads, key_dim], in that order,
/// then the output's kernel [heads, value_dim, out] and bias [out]; a gate's, [in, heads, value_dim], before the
/// value's.
class XTAPE_API MultiHeadAttention : public Layer {
 public:
  /// @throws ValueError for numbers below 1 or a dropout outside [0, 1); in the first call ShapeError unless queries
  /// are [batch, queries, in] with a known `in`, IndexError for an attention axis that is none of places.
  MultiHeadAttention(Count num_heads, Count key_dim, MultiHeadAttentionOptions options = {});  // see its options

  using Layer::operator();
  /// @throws ShapeError for tensors of other ranks, for lengths that do not belong together or for which the layer
  /// was not built, and for masks that do not fit; DTypeError for a floating mask; ValueError for use_causal_mask or a
  /// sliding_window along several axes; AutogradError if a dropout with a seed is captured.
  Tensor operator()(const Tensor& query, const Tensor& value, const AttentionArguments<Tensor>& arguments = {}) const;
  Symbol operator()(const Symbol& query, const Symbol& value, const AttentionArguments<Symbol>& arguments = {}) const;
  /// What Keras gives with return_attention_scores: `auto [y, scores] = attention.with_scores(x, x);`. Slower than the
  /// usual call, which never holds all scores. @throws as above.
  AttentionResult<Tensor> with_scores(const Tensor& query, const Tensor& value,
                                      const AttentionArguments<Tensor>& arguments = {}) const;
  AttentionResult<Symbol> with_scores(const Symbol& query, const Symbol& value,
                                      const AttentionArguments<Symbol>& arguments = {}) const;

  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static MultiHeadAttention from_config(const Config& config);
};

}  // namespace xtape::layers
