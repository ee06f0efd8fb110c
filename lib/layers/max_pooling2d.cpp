#include "layers/max_pooling2d.hpp"

#include <xtape/layers/handle.hpp>

namespace xtape::layers {

MaxPooling2D::MaxPooling2D(Size2d pool_size, Pooling2DOptions options)
    : Layer(make_layer<MaxPooling2DImpl>(Pooling2DFields{pool_size, std::move(options)})) {}

MaxPooling2D MaxPooling2D::from_config(const Config& config) {
  auto given = read_fields<Pooling2DFields>(config, "MaxPooling2D");
  return MaxPooling2D(given.pool_size, std::move(given.options));
}

}  // namespace xtape::layers
