#include "kernels/convolution/depthwise_conv2d.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "kernels/simd/convolution/depthwise_conv2d.hpp"
#include "kernels/support/partial_sums.hpp"

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
    XTAPE_DISPATCH(depthwise_conv2d_rows(g, begin, end, Conv2dArrays<T>{x, kernel, bias, relu, out}));
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
  const int64_t size = g.kernel_h * g.kernel_w * g.in_channels, rows = g.batch * g.out_h;
  sum_of_chunks(rows, chunk_count(rows, g.out_w * size, products_per_thread), size, grad_kernel,
                [&](int64_t begin, int64_t end, T* sum) {
                  XTAPE_DISPATCH(depthwise_conv2d_backward_weights_rows(g, begin, end, x, grad, sum));
                });
}

#define XTAPE_INSTANTIATE(T)                                                                     \
  template void depthwise_conv2d(const Conv2dGeometry&, const T*, const T*, const T*, bool, T*); \
  template void depthwise_conv2d_backward_data(const Conv2dGeometry&, const T*, const T*, T*);   \
  template void depthwise_conv2d_backward_weights(const Conv2dGeometry&, const T*, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
