#include "kernels/convolution/direct_conv2d.hpp"

#include <algorithm>
#include <utility>

#include "core/parallel.hpp"
#include "kernels/simd/convolution/direct_conv2d.hpp"
#include "kernels/support/partial_sums.hpp"
#include "kernels/support/workspace.hpp"

namespace xtape::kernels {
namespace {

// Products computed by a thread before another one pays.
constexpr int64_t products_per_thread = 256 * 1024;

// At stride 1 the gradient of x is itself a convolution, of the gradient of out with the kernel turned around.
Conv2dGeometry turned(Conv2dGeometry g) {
  std::swap(g.in_channels, g.out_channels);
  std::swap(g.height, g.out_h);
  std::swap(g.width, g.out_w);
  const int64_t reach_h = (g.kernel_h - 1) * g.dilation_h, reach_w = (g.kernel_w - 1) * g.dilation_w;
  g.pad_top = reach_h - g.pad_top;
  g.pad_bottom = reach_h - g.pad_bottom;
  g.pad_left = reach_w - g.pad_left;
  g.pad_right = reach_w - g.pad_right;
  return g;
}

// The kernel with its last tap first, [taps, out_channels / groups, in_channels].
template <class T>
void turn_kernel(const Conv2dGeometry& g, const T* kernel, T* turned_kernel) {
  const int64_t in = g.in_channels / g.groups, out = g.out_channels / g.groups;
  for (int64_t tap = g.kernel_h * g.kernel_w - 1; tap >= 0; --tap, kernel += in * g.out_channels)
    for (int64_t group = 0; group < g.groups; ++group)
      for (int64_t o = 0; o < out; ++o)
        for (int64_t i = 0; i < in; ++i)
          turned_kernel[(tap * out + o) * g.in_channels + group * in + i] =
              kernel[i * g.out_channels + group * out + o];
}

}  // namespace

template <class T>
void direct_conv2d(const Conv2dGeometry& g, const T* x, const T* kernel, const T* bias, bool relu, T* out) {
  const int64_t rows = std::max<int64_t>(1, products_per_thread / (g.out_w * kernel_size(g)));
  core::parallel_for(g.batch * g.out_h, rows, [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(direct_conv2d_rows(g, begin, end, Conv2dArrays<T>{x, kernel, bias, relu, out}));
  });
}

template <class T>
void direct_conv2d_backward_data(const Conv2dGeometry& g, const T* grad, const T* kernel, T* grad_x) {
  const Workspace turned_kernel(kernel_size(g) * sizeof(T));
  turn_kernel(g, kernel, turned_kernel.as<T>());
  direct_conv2d<T>(turned(g), grad, turned_kernel.as<T>(), nullptr, false, grad_x);
}

template <class T>
void direct_conv2d_backward_weights(const Conv2dGeometry& g, const T* x, const T* grad, T* grad_kernel) {
  const int64_t size = kernel_size(g), rows = g.batch * g.out_h;
  sum_of_chunks(rows, chunk_count(rows, g.out_w * size, products_per_thread), size, grad_kernel,
                [&](int64_t begin, int64_t end, T* sum) {
                  XTAPE_DISPATCH(direct_conv2d_backward_weights_rows(g, begin, end, x, grad, sum));
                });
}

#define XTAPE_INSTANTIATE(T)                                                                  \
  template void direct_conv2d(const Conv2dGeometry&, const T*, const T*, const T*, bool, T*); \
  template void direct_conv2d_backward_data(const Conv2dGeometry&, const T*, const T*, T*);   \
  template void direct_conv2d_backward_weights(const Conv2dGeometry&, const T*, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
