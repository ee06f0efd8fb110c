#include <xtape/detail/numbers.hpp>
#include <xtape/layers/conv_transpose.hpp>
#include <xtape/layers/handle.hpp>

#include "layers/conv_layer.hpp"

namespace xtape::layers {
namespace {

template <std::size_t axes>
struct ConvTransposeFields {
  int64_t filters = 0;
  Size<axes> kernel_size = 1;
  ConvTransposeOptions<axes> options = {};

  static std::string class_name() { return "Conv" + dimensions(axes) + "Transpose"; }
  void fields(Fields& f) {
    f("filters", filters)("kernel_size", kernel_size);
    options.fields(f);
  }
};

template <std::size_t axes>
class ConvTransposeImpl : public ConvLayer<axes, ConvTransposeFields<axes>> {
  using Base = ConvLayer<axes, ConvTransposeFields<axes>>;
  using Base::bias_, Base::given_, Base::options;

 public:
  explicit ConvTransposeImpl(ConvTransposeFields<axes> given)
      : Base(std::move(given)),
        op_options_{op_size(options().strides), options().padding, op_size(options().output_padding),
                    op_size(options().dilation_rate)} {
    const std::string name = Base::class_name();
    detail::check_at_least(1, name, "filters", given_.filters);
    check_units(name, "filters", given_.filters, options().activation);
    for (std::size_t i = 0; i < axes; ++i) output_length(name, i, -1);
  }

  void build(const Shape& input_shape) override {
    kernel_ =
        this->add_weight("kernel", Base::kernel_shape(given_.filters, input_shape.back()), options().kernel_initializer,
                         {.regularizer = options().kernel_regularizer, .constraint = options().kernel_constraint});
    Base::add_bias(given_.filters);
  }

  Tensor call(const Tensor& x) {
    return Base::activated(x, [&](const Tensor& input, const std::string& activation) {
      return SpatialOps<axes>::conv_transpose(input, kernel_, bias_, activation, op_options_);
    });
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    detail::check_spatial_rank(input_shape, axes);
    Shape shape = input_shape;
    shape.back() = given_.filters;
    for (std::size_t i = 0; i < axes; ++i) {
      const int64_t cells = input_shape[i + 1];
      shape[i + 1] = output_length("", i, cells);
      if (cells == -1 || (cells > 0 && shape[i + 1] > 0)) continue;
      throw ShapeError("the outputs of inputs " + input_shape.str() + " would have no cells");
    }
    return options().activation.compute_output_shape(shape);
  }

 private:
  // Along an axis of `cells` cells, -1 where that is unknown. @throws ValueError, in the name of `subject`, for an
  // output_padding that does not fit the stride.
  int64_t output_length(const std::string& subject, std::size_t axis, int64_t cells) const {
    std::optional<int64_t> output_padding;
    if (options().output_padding) output_padding = (*options().output_padding)[axis];
    return detail::place_transposed_windows(subject, cells, given_.kernel_size[axis], options().strides[axis],
                                            options().dilation_rate[axis],
                                            detail::padding_named(subject, options().padding), output_padding)
        .length;
  }

  const typename SpatialOps<axes>::ConvTransposeOptions op_options_;
  Tensor kernel_;
};

}  // namespace

template <std::size_t axes>
void ConvTransposeOptions<axes>::fields(Fields& f) {
  layer_fields(f, *this);
  f("strides", strides)("padding", padding)("output_padding", output_padding)("dilation_rate", dilation_rate);
  f("activation", activation)("use_bias", use_bias);
  f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
  f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
  f("activity_regularizer", activity_regularizer);
  f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint);
  f.accept("data_format", "channels_last");
}

template <std::size_t axes>
ConvTranspose<axes>::ConvTranspose(Count filters, Size<axes> kernel_size, ConvTransposeOptions<axes> options)
    : Layer(make_layer<ConvTransposeImpl<axes>>(ConvTransposeFields<axes>{filters, kernel_size, std::move(options)})) {}

template <std::size_t axes>
ConvTranspose<axes> ConvTranspose<axes>::from_config(const Config& config) {
  auto given = read_fields<ConvTransposeFields<axes>>(config, ConvTransposeFields<axes>::class_name());
  return ConvTranspose(given.filters, given.kernel_size, std::move(given.options));
}

template struct ConvTransposeOptions<1>;
template struct ConvTransposeOptions<2>;
template struct ConvTransposeOptions<3>;
template class ConvTranspose<1>;
template class ConvTranspose<2>;
template class ConvTranspose<3>;

}  // namespace xtape::layers
