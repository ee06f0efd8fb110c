#include <algorithm>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/layer_normalization.hpp>
#include <xtape/ops/normalization.hpp>

namespace xtape::layers {

LayerNormalization::LayerNormalization(LayerNormalizationOptions options)
    : Layer({options.name, options.trainable, options.dtype, options.input_shape}), options_(std::move(options)) {
  detail::check_number("LayerNormalization", "epsilon", options_.epsilon, detail::Range::finite_and_not_negative);
}

void LayerNormalization::build(const Shape& input_shape) {
  const int rank = input_shape.rank();
  std::vector<int> axes;
  for (const int given : options_.axis.values()) {
    const int axis = given < 0 ? given + rank : given;
    if (axis < 0 || axis >= rank) {
      throw IndexError("axis " + std::to_string(given) + " is out of range for inputs " + input_shape.str());
    }
    if (std::find(axes.begin(), axes.end(), axis) != axes.end()) {
      throw ValueError("axis " + std::to_string(given) + " of inputs " + input_shape.str() + " is given twice");
    }
    axes.push_back(axis);
  }
  std::sort(axes.begin(), axes.end());
  Shape shape;
  for (const int axis : axes) shape.push_back(input_shape[axis]);
  if (shape.empty() || std::find(shape.begin(), shape.end(), -1) != shape.end()) {
    throw ShapeError("the lengths of the normalized axes must be known, given " + input_shape.str());
  }
  normalized_ = shape.rank();
  order_.clear();
  for (int axis = 0; axis < rank; ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) order_.push_back(axis);
  }
  order_.insert(order_.end(), axes.begin(), axes.end());
  if (std::is_sorted(order_.begin(), order_.end())) order_.clear();
  if (options_.scale) {
    gamma_ = add_weight("gamma", shape, options_.gamma_initializer, {.regularizer = options_.gamma_regularizer});
  }
  if (options_.center) {
    beta_ = add_weight("beta", shape, options_.beta_initializer, {.regularizer = options_.beta_regularizer});
  }
}

Tensor LayerNormalization::call(const Tensor& x, bool) {
  const Tensor input = x.astype(dtype());
  if (order_.empty() && normalized_ == 1) return layer_norm(input, gamma_, beta_, options_.epsilon);
  // The op normalizes the last axis: bring the axes there as one, and back afterwards.
  const Tensor moved = order_.empty() ? input : input.permute(order_);
  const auto flat = [](const Tensor& weight) { return weight.defined() ? weight.flatten() : weight; };
  const Tensor result = layer_norm(moved.flatten(x.rank() - normalized_), flat(gamma_), flat(beta_), options_.epsilon)
                            .reshape(moved.shape());
  if (order_.empty()) return result;
  std::vector<int> back(order_.size());
  for (std::size_t i = 0; i < order_.size(); ++i) back[static_cast<std::size_t>(order_[i])] = static_cast<int>(i);
  return result.permute(back);
}

Shape LayerNormalization::compute_output_shape(const Shape& input_shape) { return input_shape; }

}  // namespace xtape::layers
