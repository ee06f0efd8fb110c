#include <xtape/error.hpp>
#include <xtape/layers/cropping.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/manipulation.hpp>

#include "layers/call_types.hpp"
#include "layers/margins.hpp"
#include "layers/spatial_layer.hpp"

namespace xtape::layers {
namespace {

template <std::size_t axes>
struct CroppingFields {
  Margins<axes> cropping = axes == 2 ? 0 : 1;
  CroppingOptions options = {};

  static std::string class_name() { return "Cropping" + dimensions(axes); }
  void fields(Fields& f) {
    f("cropping", cropping);
    options.fields(f);
  }
};

template <std::size_t axes>
class CroppingImpl : public SpatialLayer<axes, CroppingFields<axes>>, public KeepsIntegers {
  using Base = SpatialLayer<axes, CroppingFields<axes>>;
  using Base::given_;

 public:
  explicit CroppingImpl(CroppingFields<axes> given) : Base(std::move(given)) {
    check_margins(Base::class_name(), "cropping", given_.cropping);
  }

  Tensor call(const Tensor& x) {
    compute_output_shape(x.shape());
    return crop(x, with_batch_and_channels(given_.cropping));
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    detail::check_spatial_rank(input_shape, axes);
    Shape shape = input_shape;
    for (std::size_t i = 0; i < axes; ++i) {
      const auto& [before, after] = given_.cropping[i];
      int64_t& length = shape[i + 1];
      if (length == -1) continue;
      if (before >= length || after >= length - before) {
        throw ShapeError("a cropping of " + margins_text(given_.cropping) + " leaves nothing of inputs " +
                         input_shape.str());
      }
      length -= before + after;
    }
    return shape;
  }
};

}  // namespace

void CroppingOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f.accept("data_format", "channels_last");
}

template <std::size_t axes>
Cropping<axes>::Cropping(Margins<axes> cropping, CroppingOptions options)
    : Layer(make_layer<CroppingImpl<axes>>(CroppingFields<axes>{cropping, std::move(options)})) {}

template <std::size_t axes>
Cropping<axes> Cropping<axes>::from_config(const Config& config) {
  auto given = read_fields<CroppingFields<axes>>(config, CroppingFields<axes>::class_name());
  return Cropping(given.cropping, std::move(given.options));
}

template class Cropping<1>;
template class Cropping<2>;
template class Cropping<3>;

}  // namespace xtape::layers
