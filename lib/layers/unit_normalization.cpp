#include <string>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/unit_normalization.hpp>
#include <xtape/ops/normalization.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

class UnitNormalizationImpl : public LayerImpl {
 public:
  explicit UnitNormalizationImpl(UnitNormalizationOptions given)
      : LayerImpl(layer_options(given)), given_(std::move(given)) {
    converts_integers();
  }

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override { check_axes(input_shape); }

  Tensor call(const Tensor& x) { return normalize(x, given_.axis, 2, 1e-12); }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 protected:
  void check_input(const Shape& shape) const override { check_axes(shape); }

 private:
  void check_axes(const Shape& shape) const {
    for (const int axis : given_.axis.values()) {
      if (axis >= -shape.rank() && axis < shape.rank()) continue;
      throw IndexError("axis " + std::to_string(axis) + " is out of range for inputs " + shape.str());
    }
  }

  UnitNormalizationOptions given_;
};

}  // namespace

void UnitNormalizationOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("axis", axis);
}

UnitNormalization::UnitNormalization(UnitNormalizationOptions options)
    : Layer(make_layer<UnitNormalizationImpl>(std::move(options))) {}

UnitNormalization UnitNormalization::from_config(const Config& config) {
  return UnitNormalization(read_fields<UnitNormalizationOptions>(config, "UnitNormalization"));
}

}  // namespace xtape::layers
