#pragma once

#include <concepts>
#include <utility>
#include <vector>
#include <xtape/layers/merge.hpp>

// The merging layers as functions, which make a layer and call it: `layers::add({a, b})` is `layers::Add()({a, b})`, of
// tensors or symbols. @throws as the layers (merge.hpp).
namespace xtape::layers {

XTAPE_API Tensor add(const std::vector<Tensor>& inputs, MergeOptions options = {});
XTAPE_API Symbol add(const std::vector<Symbol>& inputs, MergeOptions options = {});
XTAPE_API Tensor subtract(const std::vector<Tensor>& inputs, MergeOptions options = {});
XTAPE_API Symbol subtract(const std::vector<Symbol>& inputs, MergeOptions options = {});
XTAPE_API Tensor multiply(const std::vector<Tensor>& inputs, MergeOptions options = {});
XTAPE_API Symbol multiply(const std::vector<Symbol>& inputs, MergeOptions options = {});
XTAPE_API Tensor average(const std::vector<Tensor>& inputs, MergeOptions options = {});
XTAPE_API Symbol average(const std::vector<Symbol>& inputs, MergeOptions options = {});
XTAPE_API Tensor maximum(const std::vector<Tensor>& inputs, MergeOptions options = {});
XTAPE_API Symbol maximum(const std::vector<Symbol>& inputs, MergeOptions options = {});
XTAPE_API Tensor minimum(const std::vector<Tensor>& inputs, MergeOptions options = {});
XTAPE_API Symbol minimum(const std::vector<Symbol>& inputs, MergeOptions options = {});

/// Templates, so that a plain `concatenate(tensors)` still means the operation where `using namespace xtape::layers`
/// stands.
template <class Value = Tensor>
requires std::same_as<Value, Tensor> Tensor concatenate(const std::vector<Value>& inputs,
                                                        ConcatenateOptions options = {}) {
  return Concatenate(std::move(options))(inputs);
}
template <class Value = Symbol>
requires std::same_as<Value, Symbol> Symbol concatenate(const std::vector<Value>& inputs,
                                                        ConcatenateOptions options = {}) {
  return Concatenate(std::move(options))(inputs);
}
/// `axes` and options are those of Dot.
XTAPE_API Tensor dot(const std::vector<Tensor>& inputs, const Axes& axes = -1, DotOptions options = {});
XTAPE_API Symbol dot(const std::vector<Symbol>& inputs, const Axes& axes = -1, DotOptions options = {});

}  // namespace xtape::layers
