#include <xtape/detail/numbers.hpp>
#include <xtape/detail/windows.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/conv2d.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/conv.hpp>

#include "layers/layer_fields.hpp"
#include "layers/max_pooling2d.hpp"
#include "layers/single_unit.hpp"

namespace xtape::layers {
namespace {

struct Conv2DFields {
  int64_t filters = 0;
  Size2d kernel_size = 1;
  Conv2DOptions options = {};

  void fields(Fields& f) {
    f("filters", filters)("kernel_size", kernel_size);
    options.fields(f);
  }
};

class Conv2DImpl : public LayerImpl {
 public:
  explicit Conv2DImpl(Conv2DFields given) : LayerImpl(layer_options(given.options)), given_(std::move(given)) {
    const Conv2DOptions& options = given_.options;
    detail::check_at_least(1, "Conv2D", "filters", given_.filters);
    detail::check_positive("Conv2D", "kernel_size", given_.kernel_size);
    detail::check_positive("Conv2D", "strides", options.strides);
    detail::check_positive("Conv2D", "dilation_rate", options.dilation_rate);
    detail::is_same_padding("Conv2D", options.padding);
    check_units("Conv2D", "filters", given_.filters, options.activation);
    detail::check_at_least(1, "Conv2D", "groups", options.groups);
    if (given_.filters % options.groups != 0) {
      throw ValueError("Conv2D: filters must be a multiple of groups, given " + std::to_string(given_.filters) +
                       " and " + std::to_string(options.groups));
    }
  }

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override {
    compute_output_shape(input_shape);
    const Conv2DOptions& options = given_.options;
    const Size2d& size = given_.kernel_size;
    const int64_t channels = input_shape.back();
    if (channels < 1) throw ShapeError("the number of channels must be known, given " + input_shape.str());
    if (channels % options.groups != 0) {
      throw ShapeError("expected a number of channels that is a multiple of " + std::to_string(options.groups) +
                       " (groups), given " + input_shape.str());
    }
    kernel_ =
        add_weight("kernel", {size[0], size[1], channels / options.groups, given_.filters}, options.kernel_initializer,
                   {.regularizer = options.kernel_regularizer, .constraint = options.kernel_constraint});
    if (options.use_bias) {
      bias_ = add_weight("bias", {given_.filters}, options.bias_initializer,
                         {.regularizer = options.bias_regularizer, .constraint = options.bias_constraint});
    }
  }

  Tensor call(const Tensor& x) {
    const activations::Activation& activation = given_.options.activation;
    const Tensor input = x.astype(dtype());
    if (activation.is_fused()) return conv2d(input, kernel_, bias_, activation.name(), op_options());
    return activation(conv2d(input, kernel_, bias_, "linear", op_options()));
  }

  // A MaxPooling2D of the same dtype that follows.
  bool fuses(const LayerImpl& next) const override {
    return given_.options.activation.is_fused() && dtype() == next.dtype() && next.type() == typeid(MaxPooling2DImpl);
  }

  Tensor call_fused(const LayerImpl& next, const Tensor& x) override {
    return conv2d_max_pool2d(x.astype(dtype()), kernel_, bias_, given_.options.activation.name(), op_options(),
                             static_cast<const MaxPooling2DImpl&>(next).pool_options());
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    const Conv2DOptions& options = given_.options;
    return detail::window_output_shape(input_shape, given_.kernel_size, options.strides, options.dilation_rate,
                                       options.padding, given_.filters);
  }

 private:
  Conv2dOptions op_options() const {
    const Conv2DOptions& options = given_.options;
    return {options.strides, options.padding, options.dilation_rate, options.groups};
  }

  Conv2DFields given_;
  Tensor kernel_;
  Tensor bias_;
};

}  // namespace

void Conv2DOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("strides", strides)("padding", padding);
  f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint);
  f.accept("data_format", "channels_last");
  f("dilation_rate", dilation_rate)("groups", groups)("activation", activation)("use_bias", use_bias);
  f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
  f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
  f.accept("activity_regularizer", {});
}

Conv2D::Conv2D(Count filters, Size2d kernel_size, Conv2DOptions options)
    : Layer(make_layer<Conv2DImpl>(Conv2DFields{filters, kernel_size, std::move(options)})) {}

Conv2D Conv2D::from_config(const Config& config) {
  auto given = read_fields<Conv2DFields>(config, "Conv2D");
  return Conv2D(given.filters, std::move(given.kernel_size), std::move(given.options));
}

}  // namespace xtape::layers
