#include "kernels/depthwise_conv2d.hpp"

#include <algorithm>
#include <xtape/threads.hpp>

#include "core/parallel.hpp"
#include "kernels/simd/depthwise_conv2d.hpp"
#include "kernels/workspace.hpp"

namespace xtape::kernels {
namespace {

// Products computed by a thread before another one pays.
constexpr int64_t products_per_thread = 128 * 1024;

int64_t rows_per_thread(const Conv2dGeometry& g, int64_t width) {
  return std::max<int64_t>(1, products_per_thread / (width * g.in_channels * g.kernel_h * g.kernel_w));
}

}  // namespace

template <class T>
void depthwise_conv2d(const Conv2dGeometry& g, const T* x, const T* kernel, const T* bias, bool relu, T* out) {
  core::parallel_for(g.batch * g.out_h, rows_per_thread(g, g.out_w), [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(depthwise_conv2d_rows(g, begin, end, x, kernel, bias, relu, out));
  });
}

template <class T>
void depthwise_conv2d_backward_data(const Conv2dGeometry& g, const T* grad, const T* kernel, T* grad_x) {
  core::parallel_for(g.batch * g.height, rows_per_thread(g, g.width), [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(depthwise_conv2d_backward_data_rows(g, begin, end, grad, kernel, grad_x));
  });
}

template <class T>
void depthwise_conv2d_backward_weights(const Conv2dGeometry& g, const T* x, const T* grad, T* grad_kernel) {
  // Each part sums into memory of its own; the parts are then added in order.
  const int64_t rows = g.batch * g.out_h, size = g.kernel_h * g.kernel_w * g.in_channels;
  const int64_t parts = std::clamp<int64_t>(rows / rows_per_thread(g, g.out_w), 1, get_num_threads());
  const Workspace sums(parts * size * sizeof(T));
  core::parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      T* const sum = sums.as<T>() + part * size;
      std::fill_n(sum, size, T(0));
      XTAPE_DISPATCH(
          depthwise_conv2d_backward_weights_rows(g, rows * part / parts, rows * (part + 1) / parts, x, grad, sum));
    }
  });
  std::copy_n(sums.as<T>(), size, grad_kernel);
  for (int64_t part = 1; part < parts; ++part)
    for (int64_t i = 0; i < size; ++i) grad_kernel[i] += sums.as<T>()[part * size + i];
}

#define XTAPE_INSTANTIATE(T)                                                                     \
  template void depthwise_conv2d(const Conv2dGeometry&, const T*, const T*, const T*, bool, T*); \
  template void depthwise_conv2d_backward_data(const Conv2dGeometry&, const T*, const T*, T*);   \
  template void depthwise_conv2d_backward_weights(const Conv2dGeometry&, const T*, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
