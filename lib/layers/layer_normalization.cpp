#include <xtape/detail/numbers.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/layer_normalization.hpp>
#include <xtape/ops/normalization.hpp>

#include "layers/layer_fields.hpp"
#include "layers/normalized_axes.hpp"

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
    normalized_ = NormalizedAxes::of(given_.axis, input_shape);
    if (given_.scale) {
      gamma_ = add_weight("gamma", normalized_.lengths, given_.gamma_initializer,
                          {.regularizer = given_.gamma_regularizer, .constraint = given_.gamma_constraint});
    }
    if (given_.center) {
      beta_ = add_weight("beta", normalized_.lengths, given_.beta_initializer,
                         {.regularizer = given_.beta_regularizer, .constraint = given_.beta_constraint});
    }
  }

  Tensor call(const Tensor& x) {
    const Tensor input = x.astype(dtype());
    if (normalized_.is_last(x.shape())) return layer_norm(input, gamma_, beta_, given_.epsilon);
    return layer_norm(input, gamma_, beta_, given_.epsilon, normalized_.axes);
  }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 protected:
  void check_input(const Shape& shape) const override { normalized_.check(shape, build_shape()); }

 private:
  LayerNormalizationOptions given_;
  NormalizedAxes normalized_;
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
  f.accept("rms_scaling", false);
}

LayerNormalization::LayerNormalization(LayerNormalizationOptions options)
    : Layer(make_layer<LayerNormalizationImpl>(std::move(options))) {}

LayerNormalization LayerNormalization::from_config(const Config& config) {
  return LayerNormalization(read_fields<LayerNormalizationOptions>(config, "LayerNormalization"));
}

}  // namespace xtape::layers
