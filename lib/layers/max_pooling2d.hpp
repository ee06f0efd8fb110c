#pragma once

#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/max_pooling2d.hpp>
#include <xtape/ops/pool.hpp>

#include "layers/pooling2d.hpp"

namespace xtape::layers {

class MaxPooling2DImpl : public Pooling2DImpl {
 public:
  explicit MaxPooling2DImpl(Pooling2DFields given) : Pooling2DImpl("MaxPooling2D", std::move(given)) {}
  Tensor call(const Tensor& x) { return max_pool2d(x, pool_options()); }
};

}  // namespace xtape::layers
