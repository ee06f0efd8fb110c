#include "layers/pooling.hpp"

#include <xtape/layers/handle.hpp>

namespace xtape::layers {

template <std::size_t axes>
void PoolingOptions<axes>::fields(Fields& f) {
  layer_fields(f, *this);
  f("padding", padding)("strides", strides).accept("data_format", "channels_last");
}

template <std::size_t axes>
MaxPooling<axes>::MaxPooling(Size<axes> pool_size, PoolingOptions<axes> options)
    : Layer(make_layer<PoolingImpl<axes, MaxPool>>(PoolingFields<axes, MaxPool>{pool_size, std::move(options)})) {}

template <std::size_t axes>
MaxPooling<axes> MaxPooling<axes>::from_config(const Config& config) {
  using Given = PoolingFields<axes, MaxPool>;
  auto given = read_fields<Given>(config, Given::class_name());
  return MaxPooling(given.pool_size, std::move(given.options));
}

template <std::size_t axes>
AveragePooling<axes>::AveragePooling(Size<axes> pool_size, PoolingOptions<axes> options)
    : Layer(
          make_layer<PoolingImpl<axes, AveragePool>>(PoolingFields<axes, AveragePool>{pool_size, std::move(options)})) {
}

template <std::size_t axes>
AveragePooling<axes> AveragePooling<axes>::from_config(const Config& config) {
  using Given = PoolingFields<axes, AveragePool>;
  auto given = read_fields<Given>(config, Given::class_name());
  return AveragePooling(given.pool_size, std::move(given.options));
}

template struct PoolingOptions<1>;
template struct PoolingOptions<2>;
template struct PoolingOptions<3>;
template class MaxPooling<1>;
template class MaxPooling<2>;
template class MaxPooling<3>;
template class AveragePooling<1>;
template class AveragePooling<2>;
template class AveragePooling<3>;

}  // namespace xtape::layers
