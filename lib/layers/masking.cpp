#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/masking.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/reduction.hpp>

#include "layers/call_types.hpp"
#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

class MaskingImpl : public LayerImpl, public KeepsIntegers {
 public:
  explicit MaskingImpl(MaskingOptions given) : LayerImpl(layer_options(given)), given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override {
    if (input_shape.rank() < 2) throw ShapeError("expected inputs [batch, time, ...], given " + input_shape.str());
  }

  Tensor call(const Tensor& x) {
    const Tensor counts = any(not_equal(x, given_.mask_value), -1);
    return with_mask(where(counts.expand_dims(-1), x, zeros({}, x.dtype())), counts);
  }

  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 private:
  MaskingOptions given_;
};

}  // namespace

void MaskingOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("mask_value", mask_value);
}

Masking::Masking(MaskingOptions options) : Layer(make_layer<MaskingImpl>(std::move(options))) {}

Masking Masking::from_config(const Config& config) { return Masking(read_fields<MaskingOptions>(config, "Masking")); }

}  // namespace xtape::layers
