#pragma once

#include <cstddef>
#include <xtape/ops/manipulation.hpp>

// Operations over one spatial axis are those over images of one row: views of their arguments and results.
namespace xtape::ops {

template <std::size_t N>
Tensor as_image(const Tensor& x) {
  return N == 1 ? expand_dims(x, 1) : x;
}

template <std::size_t N>
Tensor as_image_kernel(const Tensor& kernel) {
  return N == 1 ? expand_dims(kernel, 0) : kernel;
}

template <std::size_t N>
Tensor from_image(const Tensor& y) {
  return N == 1 ? squeeze(y, 1) : y;
}

}  // namespace xtape::ops
