#include <xtape/detail/numbers.hpp>
#include <xtape/detail/windows.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/depthwise_conv2d.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/conv.hpp>

#include "layers/layer_fields.hpp"
#include "layers/single_unit.hpp"

namespace xtape::layers {
namespace {

struct DepthwiseConv2DFields {
  Size2d kernel_size = 1;
  DepthwiseConv2DOptions options = {};

  void fields(Fields& f) {
    f("kernel_size", kernel_size);
    options.fields(f);
  }
};

class DepthwiseConv2DImpl : public LayerImpl {
 public:
  explicit DepthwiseConv2DImpl(DepthwiseConv2DFields given)
      : LayerImpl(layer_options(given.options)), given_(std::move(given)) {
    const DepthwiseConv2DOptions& options = given_.options;
    detail::check_positive("DepthwiseConv2D", "kernel_size", given_.kernel_size);
    detail::check_positive("DepthwiseConv2D", "strides", options.strides);
    detail::check_positive("DepthwiseConv2D", "dilation_rate", options.dilation_rate);
    detail::is_same_padding("DepthwiseConv2D", options.padding);
    detail::check_at_least(1, "DepthwiseConv2D", "depth_multiplier", options.depth_multiplier);
  }

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override {
    compute_output_shape(input_shape);
    const DepthwiseConv2DOptions& options = given_.options;
    const Size2d& size = given_.kernel_size;
    const int64_t channels = input_shape.back();
    if (channels < 1) throw ShapeError("the number of channels must be known, given " + input_shape.str());
    check_units("DepthwiseConv2D", "channels", channels * options.depth_multiplier, options.activation);
    kernel_ =
        add_weight("kernel", {size[0], size[1], channels, options.depth_multiplier}, options.depthwise_initializer,
                   {.regularizer = options.depthwise_regularizer, .constraint = options.depthwise_constraint});
    if (options.use_bias) {
      bias_ = add_weight("bias", {channels * options.depth_multiplier}, options.bias_initializer,
                         {.regularizer = options.bias_regularizer, .constraint = options.bias_constraint});
    }
  }

  Tensor call(const Tensor& x) {
    const DepthwiseConv2DOptions& options = given_.options;
    const int64_t channels = kernel_.shape(2);
    const Conv2dOptions op{options.strides, options.padding, options.dilation_rate, channels};
    const Tensor kernel =
        kernel_.reshape({given_.kernel_size[0], given_.kernel_size[1], 1, channels * options.depth_multiplier});
    const Tensor input = x.astype(dtype());
    if (options.activation.is_fused()) return conv2d(input, kernel, bias_, options.activation.name(), op);
    return options.activation(conv2d(input, kernel, bias_, "linear", op));
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    const DepthwiseConv2DOptions& options = given_.options;
    const int64_t channels = input_shape.rank() == 4 ? input_shape[3] : -1;
    return detail::window_output_shape(input_shape, given_.kernel_size, options.strides, options.dilation_rate,
                                       options.padding, channels * options.depth_multiplier);
  }

 private:
  DepthwiseConv2DFields given_;
  Tensor kernel_;
  Tensor bias_;
};

}  // namespace

void DepthwiseConv2DOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("strides", strides)("padding", padding)("depth_multiplier", depth_multiplier);
  f("depthwise_constraint", depthwise_constraint)("bias_constraint", bias_constraint);
  f.accept("data_format", "channels_last");
  f("dilation_rate", dilation_rate)("activation", activation)("use_bias", use_bias);
  f("depthwise_initializer", depthwise_initializer)("bias_initializer", bias_initializer);
  f("depthwise_regularizer", depthwise_regularizer)("bias_regularizer", bias_regularizer);
  f.accept("activity_regularizer", {});
}

DepthwiseConv2D::DepthwiseConv2D(Size2d kernel_size, DepthwiseConv2DOptions options)
    : Layer(make_layer<DepthwiseConv2DImpl>(DepthwiseConv2DFields{kernel_size, std::move(options)})) {}

DepthwiseConv2D DepthwiseConv2D::from_config(const Config& config) {
  auto given = read_fields<DepthwiseConv2DFields>(config, "DepthwiseConv2D");
  return DepthwiseConv2D(std::move(given.kernel_size), std::move(given.options));
}

}  // namespace xtape::layers
