#include <utility>
#include <xtape/layers/merge_functions.hpp>

namespace xtape::layers {

Tensor add(const std::vector<Tensor>& inputs, MergeOptions options) { return Add(std::move(options))(inputs); }
Symbol add(const std::vector<Symbol>& inputs, MergeOptions options) { return Add(std::move(options))(inputs); }
Tensor subtract(const std::vector<Tensor>& inputs, MergeOptions options) {
  return Subtract(std::move(options))(inputs);
}
Symbol subtract(const std::vector<Symbol>& inputs, MergeOptions options) {
  return Subtract(std::move(options))(inputs);
}
Tensor multiply(const std::vector<Tensor>& inputs, MergeOptions options) {
  return Multiply(std::move(options))(inputs);
}
Symbol multiply(const std::vector<Symbol>& inputs, MergeOptions options) {
  return Multiply(std::move(options))(inputs);
}
Tensor average(const std::vector<Tensor>& inputs, MergeOptions options) { return Average(std::move(options))(inputs); }
Symbol average(const std::vector<Symbol>& inputs, MergeOptions options) { return Average(std::move(options))(inputs); }
Tensor maximum(const std::vector<Tensor>& inputs, MergeOptions options) { return Maximum(std::move(options))(inputs); }
Symbol maximum(const std::vector<Symbol>& inputs, MergeOptions options) { return Maximum(std::move(options))(inputs); }
Tensor minimum(const std::vector<Tensor>& inputs, MergeOptions options) { return Minimum(std::move(options))(inputs); }
Symbol minimum(const std::vector<Symbol>& inputs, MergeOptions options) { return Minimum(std::move(options))(inputs); }
Tensor dot(const std::vector<Tensor>& inputs, const Axes& axes, DotOptions options) {
  return Dot(axes, std::move(options))(inputs);
}
Symbol dot(const std::vector<Symbol>& inputs, const Axes& axes, DotOptions options) {
  return Dot(axes, std::move(options))(inputs);
}

}  // namespace xtape::layers
