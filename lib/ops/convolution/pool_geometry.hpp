#pragma once

#include <array>
#include <span>
#include <string>
#include <xtape/ops/pool.hpp>

#include "kernels/convolution/pool2d.hpp"
#include "ops/convolution/spatial_axis.hpp"
#include "ops/support/per_axis.hpp"

// The checks of pooling, before anything is allocated.
namespace xtape::ops {

// The options of a pooling over any number of axes: a number for each spatial one.
struct PoolSettings {
  std::span<const int64_t> pool_size, strides;
  const std::string& padding;
};

template <class Options>
PoolSettings settings_of_pool(const Options& options) {
  const auto size = numbers_of(options.pool_size);
  return {size, options.strides ? numbers_of(*options.strides) : size, options.padding};
}

// How windows lie on x of that shape, over N spatial axes. @throws ShapeError unless x has them and a batch and
// channels, and a window fits into it, ValueError for options out of range.
template <std::size_t N>
std::array<SpatialAxis, N> pool_axes(const char* operation, const Shape& x, const PoolSettings& settings);

// Pooling of images [batch, rows, columns, channels].
kernels::Pool2dGeometry pool2d_geometry(int64_t batch, const SpatialAxis& rows, const SpatialAxis& columns,
                                        int64_t channels);
kernels::Pool2dGeometry pool2d_geometry(const char* operation, const Shape& x, const PoolSettings& settings);

}  // namespace xtape::ops
