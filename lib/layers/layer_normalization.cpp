#include <algorithm>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/layer_normalization.hpp>
#include <xtape/ops/normalization.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

class LayerNormalizationImpl : public LayerImpl {
 public:
  explicit LayerNormalizationImpl(LayerNormalizationOptions given)
      : LayerImpl(layer_options(given)), given_(std::move(given)) {
    detail::check_number("LayerNormalization", "epsilon", given_.epsilon, detail::Range::finite_and_not_negative);
  }

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override {
    const int rank = input_shape.rank();
    std::vector<int> axes;
    for (const int given : given_.axis.values()) {
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
    if (given_.scale) {
      gamma_ = add_weight("gamma", shape, given_.gamma_initializer,
                          {.regularizer = given_.gamma_regularizer, .constraint = given_.gamma_constraint});
    }
    if (given_.center) {
      beta_ = add_weight("beta", shape, given_.beta_initializer,
                         {.regularizer = given_.beta_regularizer, .constraint = given_.beta_constraint});
    }
  }

  Tensor call(const Tensor& x) {
    const Tensor input = x.astype(dtype());
    if (order_.empty() && normalized_ == 1) return layer_norm(input, gamma_, beta_, given_.epsilon);
    // The op normalizes the last axis: bring the axes there as one, and back afterwards.
    const Tensor moved = order_.empty() ? input : input.permute(order_);
    const auto flat = [](const Tensor& weight) { return weight.defined() ? weight.flatten() : weight; };
    const Tensor result = layer_norm(moved.flatten(x.rank() - normalized_), flat(gamma_), flat(beta_), given_.epsilon)
                              .reshape(moved.shape());
    if (order_.empty()) return result;
    std::vector<int> back(order_.size());
    for (std::size_t i = 0; i < order_.size(); ++i) back[static_cast<std::size_t>(order_[i])] = static_cast<int>(i);
    return result.permute(back);
  }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 private:
  LayerNormalizationOptions given_;
  // All axes, the normalized ones last; empty if they lie there already.
  std::vector<int> order_;
  int normalized_ = 0;
  Tensor gamma_;
  Tensor beta_;
};

}  // namespace

void LayerNormalizationOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("beta_constraint", beta_constraint)("gamma_constraint", gamma_constraint);
  f("axis", axis)("epsilon", epsilon)("center", center)("scale", scale);
  f("beta_initializer", beta_initializer)("gamma_initializer", gamma_initializer);
  f("beta_regularizer", beta_regularizer)("gamma_regularizer", gamma_regularizer);
}

LayerNormalization::LayerNormalization(LayerNormalizationOptions options)
    : Layer(make_layer<LayerNormalizationImpl>(std::move(options))) {}

LayerNormalization LayerNormalization::from_config(const Config& config) {
  return LayerNormalization(read_fields<LayerNormalizationOptions>(config, "LayerNormalization"));
}

}  // namespace xtape::layers
