#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/layers/attention_arguments.hpp>
#include <xtape/layers/layer.hpp>

// Attention without projections, of queries [batch, queries, dim] to keys [batch, keys, dim], which give values
// [batch, keys, value_dim] -> [batch, queries, value_dim]. As in Keras the layers are called with lists,
// `attention({query, value})` or `attention({query, value, key})`, or else as MultiHeadAttention is; the value serves
// as key where none is given. Values that the mask of the value (mask.hpp) or value_mask excludes are not attended to;
// queries that the mask of the query or query_mask excludes get zeros, as do those that see no key. The result has the
// mask of the query.
//
// Calls throw ValueError for another number of tensors, ShapeError if their shapes do not belong together or a mask
// does not fit, DTypeError for a floating mask, AutogradError if a dropout with a seed is captured.
namespace xtape::layers {

/// What a call of Attention or AdditiveAttention takes besides query and value.
template <class T>
struct SequenceAttentionArguments {
  /// Default: the value.
  T key = {};
  /// [batch, queries]; default: the mask of the query.
  T query_mask = {};
  /// [batch, keys]; default: the mask of the value.
  T value_mask = {};
  /// Default: as in the call around.
  std::optional<bool> training = std::nullopt;
  /// Let query i see the keys 0 to i only.
  bool use_causal_mask = false;
};

/// What both have: their calls.
class XTAPE_API SequenceAttention : public Layer {
 public:
  using Layer::operator();
  Tensor operator()(const Tensor& query, const Tensor& value,
                    const SequenceAttentionArguments<Tensor>& arguments = {}) const;
  Symbol operator()(const Symbol& query, const Symbol& value,
                    const SequenceAttentionArguments<Symbol>& arguments = {}) const;
  /// What Keras gives with return_attention_scores, scores [batch, queries, keys]: with dropout, as they were used.
  AttentionResult<Tensor> with_scores(const Tensor& query, const Tensor& value,
                                      const SequenceAttentionArguments<Tensor>& arguments = {}) const;
  AttentionResult<Symbol> with_scores(const Symbol& query, const Symbol& value,
                                      const SequenceAttentionArguments<Symbol>& arguments = {}) const;

 protected:
  using Layer::Layer;
};

struct AttentionOptions {
  /// Whether scores have a factor that is learned.
  bool use_scale = false;
  /// "dot": query key^T; "concat": sum(tanh(query + key)) with a factor that is learned.
  std::string score_mode = "dot";
  /// Dropout of the weights of values in training.
  double dropout = 0;
  /// Has the dropout draw from a stream of its own that begins with the seed. Default: from the global one.
  std::optional<uint64_t> seed = std::nullopt;
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// softmax(scale * query key^T) value (Luong et al., 2015). Weights, numbers: scale, with use_scale, and
/// concat_score_weight, with "concat", where scale is that of query + key.
class XTAPE_API Attention : public SequenceAttention {
 public:
  /// @throws ValueError for another score_mode or a dropout outside [0, 1).
  explicit Attention(AttentionOptions options = {});  // refused? see AttentionOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Attention from_config(const Config& config);
};

struct AdditiveAttentionOptions {
  /// Whether features have factors that are learned.
  bool use_scale = true;
  /// Dropout of the weights of values in training.
  double dropout = 0;
  /// Has the dropout draw from a stream of its own that begins with the seed. Default: from the global one.
  std::optional<uint64_t> seed = std::nullopt;
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// softmax(sum(scale * tanh(query + key))) value (Bahdanau et al., 2015). Weight: scale [dim], with use_scale.
class XTAPE_API AdditiveAttention : public SequenceAttention {
 public:
  /// @throws ValueError for a dropout outside [0, 1); in the first call ShapeError if dim is unknown.
  explicit AdditiveAttention(AdditiveAttentionOptions options = {});  // refused? see AdditiveAttentionOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static AdditiveAttention from_config(const Config& config);
};

}  // namespace xtape::layers
