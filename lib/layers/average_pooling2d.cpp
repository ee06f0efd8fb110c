#include <xtape/layers/average_pooling2d.hpp>
#include <xtape/layers/handle.hpp>

#include "layers/pooling2d.hpp"

namespace xtape::layers {
namespace {

class AveragePooling2DImpl : public Pooling2DImpl {
 public:
  explicit AveragePooling2DImpl(Pooling2DFields given) : Pooling2DImpl("AveragePooling2D", std::move(given)) {}
  Tensor call(const Tensor& x) { return avg_pool2d(x, pool_options()); }
};

}  // namespace

AveragePooling2D::AveragePooling2D(Size2d pool_size, Pooling2DOptions options)
    : Layer(make_layer<AveragePooling2DImpl>(Pooling2DFields{pool_size, std::move(options)})) {}

AveragePooling2D AveragePooling2D::from_config(const Config& config) {
  auto given = read_fields<Pooling2DFields>(config, "AveragePooling2D");
  return AveragePooling2D(given.pool_size, std::move(given.options));
}

}  // namespace xtape::layers
