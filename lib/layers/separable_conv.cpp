#include <xtape/detail/numbers.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/separable_conv.hpp>

#include "layers/conv_layer.hpp"

namespace xtape::layers {
namespace {

template <std::size_t axes>
struct SeparableConvFields {
  int64_t filters = 0;
  Size<axes> kernel_size = 1;
  SeparableConvOptions<axes> options = {};

  static std::string class_name() { return "SeparableConv" + dimensions(axes); }
  void fields(Fields& f) {
    f("filters", filters)("kernel_size", kernel_size);
    options.fields(f);
  }
};

template <std::size_t axes>
class SeparableConvImpl : public ConvLayer<axes, SeparableConvFields<axes>> {
  using Base = ConvLayer<axes, SeparableConvFields<axes>>;
  using Base::bias_, Base::given_, Base::options;

 public:
  explicit SeparableConvImpl(SeparableConvFields<axes> given)
      : Base(std::move(given)),
        op_options_{op_size(options().strides), options().padding, op_size(options().dilation_rate)} {
    const std::string name = Base::class_name();
    detail::check_at_least(1, name, "filters", given_.filters);
    detail::check_at_least(1, name, "depth_multiplier", options().depth_multiplier);
    check_units(name, "filters", given_.filters, options().activation);
  }

  void build(const Shape& input_shape) override {
    const int64_t channels = input_shape.back(), multiplier = options().depth_multiplier;
    depthwise_kernel_ = this->add_weight(
        "depthwise_kernel", Base::kernel_shape(channels, multiplier), options().depthwise_initializer,
        {.regularizer = options().depthwise_regularizer, .constraint = options().depthwise_constraint});
    Shape pointwise(axes, 1);
    pointwise.push_back(channels * multiplier);
    pointwise.push_back(given_.filters);
    pointwise_kernel_ = this->add_weight(
        "pointwise_kernel", pointwise, options().pointwise_initializer,
        {.regularizer = options().pointwise_regularizer, .constraint = options().pointwise_constraint});
    Base::add_bias(given_.filters);
  }

  Tensor call(const Tensor& x) {
    return Base::activated(x, [&](const Tensor& input, const std::string& activation) {
      return SpatialOps<axes>::separable_conv(input, depthwise_kernel_, pointwise_kernel_, bias_, activation,
                                              op_options_);
    });
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    return options().activation.compute_output_shape(
        detail::window_output_shape(input_shape, given_.kernel_size, options().strides, options().dilation_rate,
                                    options().padding, given_.filters));
  }

 private:
  const typename SpatialOps<axes>::DepthwiseConvOptions op_options_;
  Tensor depthwise_kernel_;
  Tensor pointwise_kernel_;
};

}  // namespace

template <std::size_t axes>
void SeparableConvOptions<axes>::fields(Fields& f) {
  layer_fields(f, *this);
  f("strides", strides)("padding", padding)("dilation_rate", dilation_rate)("depth_multiplier", depth_multiplier);
  f("activation", activation)("use_bias", use_bias);
  f("depthwise_initializer", depthwise_initializer)("pointwise_initializer", pointwise_initializer);
  f("bias_initializer", bias_initializer);
  f("depthwise_regularizer", depthwise_regularizer)("pointwise_regularizer", pointwise_regularizer);
  f("bias_regularizer", bias_regularizer);
  f("activity_regularizer", activity_regularizer);
  f("depthwise_constraint", depthwise_constraint)("pointwise_constraint", pointwise_constraint);
  f("bias_constraint", bias_constraint);
  f.accept("data_format", "channels_last");
}

template <std::size_t axes>
SeparableConv<axes>::SeparableConv(Count filters, Size<axes> kernel_size, SeparableConvOptions<axes> options)
    : Layer(make_layer<SeparableConvImpl<axes>>(SeparableConvFields<axes>{filters, kernel_size, std::move(options)})) {}

template <std::size_t axes>
SeparableConv<axes> SeparableConv<axes>::from_config(const Config& config) {
  auto given = read_fields<SeparableConvFields<axes>>(config, SeparableConvFields<axes>::class_name());
  return SeparableConv(given.filters, given.kernel_size, std::move(given.options));
}

template struct SeparableConvOptions<1>;
template struct SeparableConvOptions<2>;
template class SeparableConv<1>;
template class SeparableConv<2>;

}  // namespace xtape::layers
