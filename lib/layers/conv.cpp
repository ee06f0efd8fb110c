#include <xtape/detail/numbers.hpp>
#include <xtape/layers/conv.hpp>
#include <xtape/layers/handle.hpp>

#include "layers/conv_layer.hpp"
#include "layers/pooling.hpp"

namespace xtape::layers {
namespace {

template <std::size_t axes>
struct ConvFields {
  int64_t filters = 0;
  Size<axes> kernel_size = 1;
  ConvOptions<axes> options = {};

  static std::string class_name() { return "Conv" + dimensions(axes); }
  void fields(Fields& f) {
    f("filters", filters)("kernel_size", kernel_size);
    options.fields(f);
  }
};

template <std::size_t axes>
class ConvImpl : public ConvLayer<axes, ConvFields<axes>> {
  using Base = ConvLayer<axes, ConvFields<axes>>;
  using Base::bias_, Base::given_, Base::options;

 public:
  explicit ConvImpl(ConvFields<axes> given)
      : Base(std::move(given), axes == 1),
        op_options_{op_size(options().strides), options().padding, op_size(options().dilation_rate), options().groups} {
    const std::string name = Base::class_name();
    detail::check_at_least(1, name, "filters", given_.filters);
    detail::check_at_least(1, name, "groups", options().groups);
    check_units(name, "filters", given_.filters, options().activation);
    if (given_.filters % options().groups != 0) {
      throw ValueError(name + ": filters must be a multiple of groups, given " + std::to_string(given_.filters) +
                       " and " + std::to_string(options().groups));
    }
  }

  void build(const Shape& input_shape) override {
    kernel_ =
        this->add_weight("kernel", Base::kernel_shape(input_shape.back() / options().groups, given_.filters),
                         options().kernel_initializer,
                         {.regularizer = options().kernel_regularizer, .constraint = options().kernel_constraint});
    Base::add_bias(given_.filters);
  }

  Tensor call(const Tensor& x) {
    return Base::activated(x, [&](const Tensor& input, const std::string& activation) {
      return SpatialOps<axes>::conv(input, kernel_, bias_, activation, op_options_);
    });
  }

  // A MaxPooling2D of the same dtype that follows a Conv2D.
  bool fuses(const LayerImpl& next) const override {
    return axes == 2 && options().activation.is_fused() && this->dtype() == next.dtype() &&
           next.type() == typeid(PoolingImpl<2, MaxPool>);
  }

  Tensor call_fused(const LayerImpl& next, const Tensor& x) override {
    if constexpr (axes == 2) {
      return conv2d_max_pool2d(x.astype(this->dtype()), kernel_, bias_, options().activation.name(), op_options_,
                               static_cast<const PoolingImpl<2, MaxPool>&>(next).op_options());
    } else {
      return Base::call_fused(next, x);
    }
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    return options().activation.compute_output_shape(
        detail::window_output_shape(input_shape, given_.kernel_size, options().strides, options().dilation_rate,
                                    options().padding, given_.filters));
  }

 protected:
  void check_before_build(const std::vector<Shape>& input_shapes) override {
    Base::check_before_build(input_shapes);
    const Shape& shape = input_shapes.front();
    if (shape.back() % options().groups == 0) return;
    throw ShapeError("expected a number of channels that is a multiple of " + std::to_string(options().groups) +
                     " (groups), got " + shape.str());
  }

 private:
  const typename SpatialOps<axes>::ConvOptions op_options_;
  Tensor kernel_;
};

}  // namespace

template <std::size_t axes>
void ConvOptions<axes>::fields(Fields& f) {
  layer_fields(f, *this);
  f("strides", strides)("padding", padding)("dilation_rate", dilation_rate)("groups", groups);
  f("activation", activation)("use_bias", use_bias);
  f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
  f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
  f("activity_regularizer", activity_regularizer);
  f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint);
  f.accept("data_format", "channels_last");
  f.accept("lora_rank", {}).accept("lora_alpha", {});
}

template <std::size_t axes>
Conv<axes>::Conv(Count filters, Size<axes> kernel_size, ConvOptions<axes> options)
    : Layer(make_layer<ConvImpl<axes>>(ConvFields<axes>{filters, kernel_size, std::move(options)})) {}

template <std::size_t axes>
Conv<axes> Conv<axes>::from_config(const Config& config) {
  auto given = read_fields<ConvFields<axes>>(config, ConvFields<axes>::class_name());
  return Conv(given.filters, given.kernel_size, std::move(given.options));
}

template struct ConvOptions<1>;
template struct ConvOptions<2>;
template struct ConvOptions<3>;
template class Conv<1>;
template class Conv<2>;
template class Conv<3>;

}  // namespace xtape::layers
