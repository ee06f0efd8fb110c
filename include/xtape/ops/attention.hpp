#pragma once

#include <xtape/tensor.hpp>

namespace xtape {

/// softmax(query key^T * scale) value (Vaswani et al., 2017): query [..., queries, dim], key [..., keys, dim],
/// value [..., keys, value_dim] -> [..., queries, value_dim]. `scale` 0 stands for 1 / sqrt(dim). Where the
/// `mask` (broadcast to [..., queries, keys]; bool, or integers for their truth) is false, nothing is attended to; a
/// query that sees no key at all gets zeros.
/// @throws ShapeError if the shapes do not fit; DTypeError unless query, key and value are floating, or for a floating
/// mask, which elsewhere is added to the scores; ValueError unless `scale` is finite.
XTAPE_API Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                              const Tensor& mask = {}, double scale = 0);

/// The same with fewer heads of keys and values than of queries, each for a group of neighbouring ones (Ainslie et al.,
/// 2023): query [..., heads, queries, dim], key [..., key_heads, keys, dim], value [..., key_heads, keys, value_dim] ->
/// [..., heads, queries, value_dim]; the mask broadcasts to [..., heads, queries, keys]. Keys and values are not
/// repeated. @throws likewise; ShapeError unless key_heads divides heads.
XTAPE_API Tensor grouped_query_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                         const Tensor& mask = {}, double scale = 0);

/// What attention computes when it is asked for its scores.
struct AttentionResult {
  /// [..., queries, value_dim].
  Tensor y;
  /// The weights of the values, [..., queries, keys], as they were used: Keras's attention scores.
  Tensor scores;
};

/// softmax(scores) value, for scores [..., queries, keys] of whatever kind and value [..., keys, value_dim]; the mask
/// as above. `dropout` is the rate at which weights are dropped. @throws ShapeError if the shapes do not fit;
/// DTypeError unless scores and value are floating, or for a floating mask; ValueError unless 0 <= dropout < 1.
XTAPE_API AttentionResult attend(const Tensor& scores, const Tensor& value, const Tensor& mask = {},
                                 double dropout = 0);

/// scaled_dot_product_attention, or that of groups, with its scores, and with dropout among them. @throws as they and
/// attend.
XTAPE_API AttentionResult attention_with_scores(const Tensor& query, const Tensor& key, const Tensor& value,
                                                const Tensor& mask = {}, double scale = 0, double dropout = 0);
XTAPE_API AttentionResult grouped_query_attention_with_scores(const Tensor& query, const Tensor& key,
                                                              const Tensor& value, const Tensor& mask = {},
                                                              double scale = 0, double dropout = 0);

/// The scores of additive attention, sum(scale * tanh(query + key)) over the last axis (Bahdanau et al., 2015): query
/// [..., queries, dim], key [..., keys, dim], scale [dim] or a number, 1 where undefined -> [..., queries, keys].
/// @throws ShapeError if the shapes do not fit; DTypeError unless all are floating.
XTAPE_API Tensor additive_attention_scores(const Tensor& query, const Tensor& key, const Tensor& scale = {});

/// What makes up an attention mask; true is seen, integers stand for their truth.
struct AttentionMasks {
  /// [batch, queries]: queries that count.
  Tensor query = {};
  /// [batch, keys]: keys, and values, that count.
  Tensor key = {};
  /// [queries, keys] or [batch, queries, keys].
  Tensor attention = {};
  /// A query sees no key behind its own place.
  bool causal = false;
};

/// All of them as one mask that broadcasts to [batch, queries, keys]; undefined where there are none.
/// @throws ShapeError for another shape, DTypeError for a floating mask.
XTAPE_API Tensor attention_mask(const AttentionMasks& masks, Count queries, Count keys);

}  // namespace xtape
