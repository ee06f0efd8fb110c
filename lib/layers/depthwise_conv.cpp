#include <string>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/depthwise_conv.hpp>
#include <xtape/layers/handle.hpp>

#include "layers/conv_layer.hpp"

namespace xtape::layers {
namespace {

template <std::size_t axes>
struct DepthwiseConvFields {
  Size<axes> kernel_size = 1;
  DepthwiseConvOptions<axes> options = {};

  static std::string class_name() { return "DepthwiseConv" + dimensions(axes); }
  void fields(Fields& f) {
    f("kernel_size", kernel_size);
    options.fields(f);
  }
};

template <std::size_t axes>
class DepthwiseConvImpl : public ConvLayer<axes, DepthwiseConvFields<axes>> {
  using Base = ConvLayer<axes, DepthwiseConvFields<axes>>;
  using Base::bias_, Base::given_, Base::options;

 public:
  explicit DepthwiseConvImpl(DepthwiseConvFields<axes> given)
      : Base(std::move(given)),
        op_options_{op_size(options().strides), options().padding, op_size(options().dilation_rate)} {
    detail::check_at_least(1, Base::class_name(), "depth_multiplier", options().depth_multiplier);
  }

  void build(const Shape& input_shape) override {
    const int64_t channels = input_shape.back(), multiplier = options().depth_multiplier;
    check_units(Base::class_name(), "channels", outputs_of(channels), options().activation);
    kernel_ = this->add_weight(
        "kernel", Base::kernel_shape(channels, multiplier), options().depthwise_initializer,
        {.regularizer = options().depthwise_regularizer, .constraint = options().depthwise_constraint});
    Base::add_bias(outputs_of(channels));
  }

  Tensor call(const Tensor& x) {
    return Base::activated(x, [&](const Tensor& input, const std::string& activation) {
      return SpatialOps<axes>::depthwise_conv(input, kernel_, bias_, activation, op_options_);
    });
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    detail::check_spatial_rank(input_shape, axes);
    const int64_t channels = input_shape.back();
    return options().activation.compute_output_shape(
        detail::window_output_shape(input_shape, given_.kernel_size, options().strides, options().dilation_rate,
                                    options().padding, outputs_of(channels)));
  }

 private:
  // The channels of the outputs, -1 where those of the inputs are unknown.
  int64_t outputs_of(int64_t channels) const {
    int64_t outputs = -1;
    if (channels == -1 || !__builtin_mul_overflow(channels, options().depth_multiplier, &outputs)) return outputs;
    throw ValueError(Base::class_name() + ": a depth_multiplier of " + std::to_string(options().depth_multiplier) +
                     " for " + std::to_string(channels) + " channels is too large");
  }

  const typename SpatialOps<axes>::DepthwiseConvOptions op_options_;
  Tensor kernel_;
};

}  // namespace

template <std::size_t axes>
void DepthwiseConvOptions<axes>::fields(Fields& f) {
  layer_fields(f, *this);
  f("strides", strides)("padding", padding)("depth_multiplier", depth_multiplier)("dilation_rate", dilation_rate);
  f("activation", activation)("use_bias", use_bias);
  f("depthwise_initializer", depthwise_initializer)("bias_initializer", bias_initializer);
  f("depthwise_regularizer", depthwise_regularizer)("bias_regularizer", bias_regularizer);
  f("activity_regularizer", activity_regularizer);
  f("depthwise_constraint", depthwise_constraint)("bias_constraint", bias_constraint);
  f.accept("data_format", "channels_last");
}

template <std::size_t axes>
DepthwiseConv<axes>::DepthwiseConv(Size<axes> kernel_size, DepthwiseConvOptions<axes> options)
    : Layer(make_layer<DepthwiseConvImpl<axes>>(DepthwiseConvFields<axes>{kernel_size, std::move(options)})) {}

template <std::size_t axes>
DepthwiseConv<axes> DepthwiseConv<axes>::from_config(const Config& config) {
  auto given = read_fields<DepthwiseConvFields<axes>>(config, DepthwiseConvFields<axes>::class_name());
  return DepthwiseConv(given.kernel_size, std::move(given.options));
}

template struct DepthwiseConvOptions<1>;
template struct DepthwiseConvOptions<2>;
template class DepthwiseConv<1>;
template class DepthwiseConv<2>;

}  // namespace xtape::layers
