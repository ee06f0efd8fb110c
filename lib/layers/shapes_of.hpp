#pragma once

#include <vector>
#include <xtape/tensor.hpp>

namespace xtape::layers {

inline std::vector<Shape> shapes_of(const std::vector<Tensor>& tensors) {
  std::vector<Shape> shapes;
  for (const Tensor& tensor : tensors) shapes.push_back(tensor.shape());
  return shapes;
}

}  // namespace xtape::layers
