#include <algorithm>
#include <xtape/layers/adaptive_pooling.hpp>
#include <xtape/layers/handle.hpp>

#include "layers/pool.hpp"
#include "layers/spatial_layer.hpp"

namespace xtape::layers {
namespace {

template <std::size_t axes, class Pool>
struct AdaptivePoolingFields {
  Size<axes> output_size = 1;
  AdaptivePoolingOptions options = {};

  static std::string class_name() { return "Adaptive" + std::string(Pool::name) + "Pooling" + dimensions(axes); }
  void fields(Fields& f) {
    f("output_size", output_size);
    options.fields(f);
  }
};

template <std::size_t axes, class Pool>
class AdaptivePoolingImpl : public SpatialLayer<axes, AdaptivePoolingFields<axes, Pool>> {
  using Base = SpatialLayer<axes, AdaptivePoolingFields<axes, Pool>>;
  using Base::given_;

 public:
  explicit AdaptivePoolingImpl(AdaptivePoolingFields<axes, Pool> given) : Base(std::move(given)) {
    Base::converts_integers();
    detail::check_positive(Base::class_name(), "output_size", given_.output_size);
  }

  Tensor call(const Tensor& x) { return Pool::template bins<axes>(x, op_size(given_.output_size)); }

  Shape compute_output_shape(const Shape& input_shape) override {
    detail::check_spatial_rank(input_shape, axes);
    Shape shape = input_shape;
    std::copy(given_.output_size.begin(), given_.output_size.end(), shape.begin() + 1);
    return shape;
  }
};

}  // namespace

void AdaptivePoolingOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f.accept("data_format", "channels_last");
}

template <std::size_t axes>
AdaptiveMaxPooling<axes>::AdaptiveMaxPooling(Size<axes> output_size, AdaptivePoolingOptions options)
    : Layer(make_layer<AdaptivePoolingImpl<axes, MaxPool>>(
          AdaptivePoolingFields<axes, MaxPool>{output_size, std::move(options)})) {}

template <std::size_t axes>
AdaptiveMaxPooling<axes> AdaptiveMaxPooling<axes>::from_config(const Config& config) {
  using Given = AdaptivePoolingFields<axes, MaxPool>;
  auto given = read_fields<Given>(config, Given::class_name());
  return AdaptiveMaxPooling(given.output_size, std::move(given.options));
}

template <std::size_t axes>
AdaptiveAveragePooling<axes>::AdaptiveAveragePooling(Size<axes> output_size, AdaptivePoolingOptions options)
    : Layer(make_layer<AdaptivePoolingImpl<axes, AveragePool>>(
          AdaptivePoolingFields<axes, AveragePool>{output_size, std::move(options)})) {}

template <std::size_t axes>
AdaptiveAveragePooling<axes> AdaptiveAveragePooling<axes>::from_config(const Config& config) {
  using Given = AdaptivePoolingFields<axes, AveragePool>;
  auto given = read_fields<Given>(config, Given::class_name());
  return AdaptiveAveragePooling(given.output_size, std::move(given.options));
}

template class AdaptiveMaxPooling<1>;
template class AdaptiveMaxPooling<2>;
template class AdaptiveMaxPooling<3>;
template class AdaptiveAveragePooling<1>;
template class AdaptiveAveragePooling<2>;
template class AdaptiveAveragePooling<3>;

}  // namespace xtape::layers
