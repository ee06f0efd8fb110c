#pragma once

#include <optional>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/layers/arguments.hpp>
#include <xtape/layers/symbol.hpp>
#include <xtape/tensor.hpp>

namespace xtape::layers {

/// What a call of MultiHeadAttention or GroupQueryAttention takes besides query and value. Masks are bool, or integers
/// for their truth; nothing is attended to where one is false, and a query that sees no key attends to nothing.
template <class T>
struct AttentionArguments {
  /// Default: the value.
  T key = {};
  /// [batch, queries]: queries that count. Default: the mask of the query (mask.hpp). As in Keras, MultiHeadAttention
  /// does not look at it.
  T query_mask = {};
  /// [batch, keys]: values that count. Default: the mask of the value.
  T value_mask = {};
  /// [batch, keys]: keys that count. Default: the mask of the key, if one is given.
  T key_mask = {};
  /// [batch, queries, keys], or what broadcasts to it; [queries, keys] and [batch, heads, queries, keys] too.
  T attention_mask = {};
  /// Default: as in the call around.
  std::optional<bool> training = std::nullopt;
  /// Let query i see the keys 0 to i only.
  bool use_causal_mask = false;
};

/// What with_scores computes.
template <class T>
struct AttentionResult {
  /// What the usual call returns.
  T outputs;
  /// How much each query attends to each key, [batch, heads, queries, keys]. A row adds up to 1, or to 0 for a query
  /// that sees no key. Without dropout.
  T scores;
};

/// For the library's own use: the general form of such a call.
XTAPE_API Arguments<Tensor> general_arguments(const Tensor& query, const Tensor& value,
                                              const AttentionArguments<Tensor>& given, bool return_scores);
XTAPE_API Arguments<Symbol> general_arguments(const Symbol& query, const Symbol& value,
                                              const AttentionArguments<Symbol>& given, bool return_scores);

}  // namespace xtape::layers
