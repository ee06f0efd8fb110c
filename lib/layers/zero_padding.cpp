#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/zero_padding.hpp>
#include <xtape/ops/manipulation.hpp>

#include "layers/call_types.hpp"
#include "layers/margins.hpp"
#include "layers/spatial_layer.hpp"

namespace xtape::layers {
namespace {

template <std::size_t axes>
struct ZeroPaddingFields {
  Margins<axes> padding = 1;
  ZeroPaddingOptions options = {};

  static std::string class_name() { return "ZeroPadding" + dimensions(axes); }
  void fields(Fields& f) {
    f("padding", padding);
    options.fields(f);
  }
};

template <std::size_t axes>
class ZeroPaddingImpl : public SpatialLayer<axes, ZeroPaddingFields<axes>>, public KeepsIntegers {
  using Base = SpatialLayer<axes, ZeroPaddingFields<axes>>;
  using Base::given_;

 public:
  explicit ZeroPaddingImpl(ZeroPaddingFields<axes> given) : Base(std::move(given)) {
    check_margins(Base::class_name(), "padding", given_.padding);
  }

  Tensor call(const Tensor& x) { return pad(x, with_batch_and_channels(given_.padding)); }

  Shape compute_output_shape(const Shape& input_shape) override {
    detail::check_spatial_rank(input_shape, axes);
    Shape shape = input_shape;
    for (std::size_t i = 0; i < axes; ++i) {
      const auto& [before, after] = given_.padding[i];
      int64_t& length = shape[i + 1];
      if (length == -1) continue;
      if (__builtin_add_overflow(length, before, &length) || __builtin_add_overflow(length, after, &length)) {
        throw ShapeError("inputs " + input_shape.str() + " are too large with a padding of " +
                         margins_text(given_.padding));
      }
    }
    return shape;
  }
};

}  // namespace

void ZeroPaddingOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f.accept("data_format", "channels_last");
}

template <std::size_t axes>
ZeroPadding<axes>::ZeroPadding(Margins<axes> padding, ZeroPaddingOptions options)
    : Layer(make_layer<ZeroPaddingImpl<axes>>(ZeroPaddingFields<axes>{padding, std::move(options)})) {}

template <std::size_t axes>
ZeroPadding<axes> ZeroPadding<axes>::from_config(const Config& config) {
  auto given = read_fields<ZeroPaddingFields<axes>>(config, ZeroPaddingFields<axes>::class_name());
  return ZeroPadding(given.padding, std::move(given.options));
}

template class ZeroPadding<1>;
template class ZeroPadding<2>;
template class ZeroPadding<3>;

}  // namespace xtape::layers
