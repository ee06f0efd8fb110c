#pragma once

#include <cstddef>
#include <xtape/ops/reduction.hpp>

#include "layers/spatial_ops.hpp"

namespace xtape::layers {

// What is made of several cells, by windows, by bins of equal lengths or of all cells, as it is called in the names of
// layers.
struct MaxPool {
  static constexpr const char* name = "Max";
  template <std::size_t axes>
  static constexpr auto windows = SpatialOps<axes>::max_pool;
  template <std::size_t axes>
  static constexpr auto bins = SpatialOps<axes>::adaptive_max_pool;
  static Tensor all(const Tensor& x, const Axes& axes, bool keepdims) { return max(x, axes, keepdims); }
};

struct AveragePool {
  static constexpr const char* name = "Average";
  template <std::size_t axes>
  static constexpr auto windows = SpatialOps<axes>::avg_pool;
  template <std::size_t axes>
  static constexpr auto bins = SpatialOps<axes>::adaptive_avg_pool;
  static Tensor all(const Tensor& x, const Axes& axes, bool keepdims) { return mean(x, axes, keepdims); }
};

}  // namespace xtape::layers
