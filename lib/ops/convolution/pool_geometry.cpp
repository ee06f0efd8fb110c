#include "ops/convolution/pool_geometry.hpp"

#include <xtape/error.hpp>

namespace xtape::ops {

using kernels::Pool2dGeometry;

namespace {

constexpr int64_t max_window_cells = int64_t{1} << 24;

}  // namespace

template <std::size_t N>
std::array<SpatialAxis, N> pool_axes(const char* operation, const Shape& x, const PoolSettings& settings) {
  if (x.size() != N + 2) {
    throw ShapeError(std::string(operation) + ": expected x " + detail::spatial_axes(N) + ", got " + x.str());
  }
  const detail::Padding padding = detail::padding_named(operation, settings.padding);
  detail::check_positive(operation, "pool_size", settings.pool_size);
  detail::check_positive(operation, "strides", settings.strides);
  const auto refuse = [&](const std::string& why) {
    throw ShapeError(std::string(operation) + ": a window of " + detail::list_text(settings.pool_size) + " " + why);
  };
  std::array<SpatialAxis, N> axes;
  int64_t cells = 1;
  for (std::size_t i = 0; i < N; ++i) {
    const int64_t window = settings.pool_size[i];
    axes[i] = {x[i + 1], window, detail::place_windows(operation, x[i + 1], window, settings.strides[i], 1, padding)};
    if (axes[i].windows.count < 1) refuse("does not fit into x " + x.str());
    // Positions in a window are found as numbers of x's type, which float32 has up to there.
    if (__builtin_mul_overflow(cells, window, &cells) || cells > max_window_cells) {
      refuse("has more than " + std::to_string(max_window_cells) + " cells");
    }
  }
  return axes;
}

template std::array<SpatialAxis, 1> pool_axes<1>(const char*, const Shape&, const PoolSettings&);
template std::array<SpatialAxis, 2> pool_axes<2>(const char*, const Shape&, const PoolSettings&);
template std::array<SpatialAxis, 3> pool_axes<3>(const char*, const Shape&, const PoolSettings&);

Pool2dGeometry pool2d_geometry(int64_t batch, const SpatialAxis& rows, const SpatialAxis& columns, int64_t channels) {
  return {.batch = batch,
          .height = rows.length,
          .width = columns.length,
          .channels = channels,
          .window_h = rows.taps,
          .window_w = columns.taps,
          .stride_h = rows.windows.stride,
          .stride_w = columns.windows.stride,
          .pad_top = rows.windows.before,
          .pad_left = columns.windows.before,
          .out_h = rows.windows.count,
          .out_w = columns.windows.count};
}

Pool2dGeometry pool2d_geometry(const char* operation, const Shape& x, const PoolSettings& settings) {
  const auto [rows, columns] = pool_axes<2>(operation, x, settings);
  return pool2d_geometry(x[0], rows, columns, x[3]);
}

}  // namespace xtape::ops
