#include <xtape/error.hpp>
#include <xtape/layers/global_average_pooling2d.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/reduction.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

class GlobalAveragePooling2DImpl : public LayerImpl {
 public:
  explicit GlobalAveragePooling2DImpl(GlobalAveragePooling2DOptions given)
      : LayerImpl(layer_options(given)), given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const Tensor& x) {
    compute_output_shape(x.shape());
    return mean(x, {1, 2}, given_.keepdims);
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    if (input_shape.rank() != 4) {
      throw ShapeError("expected inputs [batch, height, width, channels], given " + input_shape.str());
    }
    if (given_.keepdims) return {input_shape[0], 1, 1, input_shape[3]};
    return {input_shape[0], input_shape[3]};
  }

 private:
  GlobalAveragePooling2DOptions given_;
};

}  // namespace

void GlobalAveragePooling2DOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("keepdims", keepdims);
  f.accept("data_format", "channels_last");
}

GlobalAveragePooling2D::GlobalAveragePooling2D(GlobalAveragePooling2DOptions options)
    : Layer(make_layer<GlobalAveragePooling2DImpl>(std::move(options))) {}

GlobalAveragePooling2D GlobalAveragePooling2D::from_config(const Config& config) {
  return GlobalAveragePooling2D(read_fields<GlobalAveragePooling2DOptions>(config, "GlobalAveragePooling2D"));
}

}  // namespace xtape::layers
