#include <xtape/detail/numbers.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/rms_normalization.hpp>
#include <xtape/ops/normalization.hpp>

#include "layers/layer_fields.hpp"
#include "layers/normalized_axes.hpp"

namespace xtape::layers {
namespace {

class RMSNormalizationImpl : public LayerImpl {
 public:
  explicit RMSNormalizationImpl(RMSNormalizationOptions given)
      : LayerImpl(layer_options(given)), given_(std::move(given)) {
    detail::check_number("RMSNormalization", "epsilon", given_.epsilon, detail::Range::finite_and_not_negative);
  }

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override {
    normalized_ = NormalizedAxes::of(given_.axis, input_shape);
    scale_ = add_weight("scale", normalized_.lengths, "ones");
  }

  Tensor call(const Tensor& x) { return rms_norm(x.astype(dtype()), scale_, given_.epsilon, normalized_.axes); }

  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 protected:
  void check_input(const Shape& shape) const override { normalized_.check(shape, build_shape()); }

 private:
  RMSNormalizationOptions given_;
  NormalizedAxes normalized_;
  Tensor scale_;
};

}  // namespace

void RMSNormalizationOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("axis", axis)("epsilon", epsilon);
}

RMSNormalization::RMSNormalization(RMSNormalizationOptions options)
    : Layer(make_layer<RMSNormalizationImpl>(std::move(options))) {}

RMSNormalization RMSNormalization::from_config(const Config& config) {
  return RMSNormalization(read_fields<RMSNormalizationOptions>(config, "RMSNormalization"));
}

}  // namespace xtape::layers
