#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/pool.hpp>

#include "core/checks.hpp"
#include "ops/convolution/lines.hpp"
#include "ops/convolution/pool2d.hpp"
#include "ops/convolution/pool_geometry.hpp"

namespace xtape {
namespace {

using Pool2d = Tensor (*)(const Tensor& x, const kernels::Pool2dGeometry& geometry);

Tensor pool1d(const char* operation, Pool2d pool, const Tensor& x, const ops::PoolSettings& settings) {
  core::check_floating(operation, x);
  const Shape& shape = x.shape();
  const auto [columns] = ops::pool_axes<1>(operation, shape, settings);
  const auto geometry = ops::pool2d_geometry(shape[0], ops::absent_axis, columns, shape[2]);
  return ops::from_image<1>(pool(ops::as_image<1>(x), geometry));
}

Tensor pool2d(const char* operation, Pool2d pool, const Tensor& x, const ops::PoolSettings& settings) {
  core::check_floating(operation, x);
  return pool(x, ops::pool2d_geometry(operation, x.shape(), settings));
}

// Over the planes, and then over the depth: the largest of the largest, and, as all parts of a window have as many real
// cells, the mean of the means. Of equal cells, the first one of the first plane is the first one of the window.
Tensor pool3d(const char* operation, Pool2d pool, const Tensor& x, const ops::PoolSettings& settings) {
  core::check_floating(operation, x);
  const Shape& shape = x.shape();
  const auto [depth, rows, columns] = ops::pool_axes<3>(operation, shape, settings);
  const int64_t batch = shape[0], channels = shape[4], out_h = rows.windows.count, out_w = columns.windows.count;
  const Tensor planes = pool(reshape(x, {batch * depth.length, rows.length, columns.length, channels}),
                             ops::pool2d_geometry(batch * depth.length, rows, columns, channels));
  // The pixels of a plane are side by side.
  const ops::SpatialAxis pixels = {out_h * out_w, 1, {out_h * out_w, 0, 0, 1, 1}};
  const Tensor pooled = pool(reshape(planes, {batch, depth.length, out_h * out_w, channels}),
                             ops::pool2d_geometry(batch, depth, pixels, channels));
  return reshape(pooled, {batch, depth.windows.count, out_h, out_w, channels});
}

}  // namespace

Tensor max_pool1d(const Tensor& x, const Pool1dOptions& options) {
  return pool1d("max_pool1d", ops::max_pool2d, x, ops::settings_of_pool(options));
}

Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options) {
  return pool2d("max_pool2d", ops::max_pool2d, x, ops::settings_of_pool(options));
}

Tensor max_pool3d(const Tensor& x, const Pool3dOptions& options) {
  return pool3d("max_pool3d", ops::max_pool2d, x, ops::settings_of_pool(options));
}

Tensor avg_pool1d(const Tensor& x, const Pool1dOptions& options) {
  return pool1d("avg_pool1d", ops::avg_pool2d, x, ops::settings_of_pool(options));
}

Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options) {
  return pool2d("avg_pool2d", ops::avg_pool2d, x, ops::settings_of_pool(options));
}

Tensor avg_pool3d(const Tensor& x, const Pool3dOptions& options) {
  return pool3d("avg_pool3d", ops::avg_pool2d, x, ops::settings_of_pool(options));
}

}  // namespace xtape
