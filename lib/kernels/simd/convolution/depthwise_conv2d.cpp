#include "kernels/simd/convolution/depthwise_conv2d.hpp"

#include <cstdint>

#include "kernels/simd/convolution/window_taps.hpp"
#include "kernels/simd/vector.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

// Calls body(first channel, Whole or Part) for each vector of channels.
template <class T, class Body>
inline void for_channels(int64_t channels, const Body& body) {
  int64_t c = 0;
  for (; c + Vector<T>::lanes <= channels; c += Vector<T>::lanes) body(c, Whole());
  if (c < channels) body(c, Part{channels - c});
}

}  // namespace

template <class T>
void depthwise_conv2d_rows(const Conv2dGeometry& g, int64_t begin, int64_t end, const Conv2dArrays<T>& arrays) {
  const Conv2dArrays<T> a = arrays;  // a copy, which stores leave alone
  const int64_t channels = g.in_channels, row = g.width * channels;
  for (int64_t line = begin; line < end; ++line) {
    const int64_t top = line % g.out_h * g.stride_h - g.pad_top;
    const T* const image_row = a.x + (line / g.out_h * g.height + top) * row;
    const Range taps_h = steps_inside(top, g.dilation_h, g.kernel_h, g.height);
    for (int64_t out_w = 0; out_w < g.out_w; ++out_w) {
      const int64_t left = out_w * g.stride_w - g.pad_left;
      const Range taps_w = steps_inside(left, g.dilation_w, g.kernel_w, g.width);
      T* const to = a.out + (line * g.out_w + out_w) * channels;
      for_channels<T>(channels, [&](int64_t c, auto part) {
        Vector<T> sum = a.bias ? load(a.bias + c, part) : Vector<T>(0);
        for (int64_t i = taps_h.begin; i < taps_h.end; ++i) {
          const T* const cells = image_row + i * g.dilation_h * row + left * channels + c;
          const T* const weights = a.kernel + i * g.kernel_w * channels + c;
          for (int64_t j = taps_w.begin; j < taps_w.end; ++j)
            sum += load(cells + j * g.dilation_w * channels, part) * load(weights + j * channels, part);
        }
        // Written so that NaN stays NaN.
        if (a.relu) sum = where(sum < Vector<T>(0), Vector<T>(0), sum);
        store(to + c, sum, part);
      });
    }
  }
}

template <class T>
void depthwise_conv2d_backward_data_rows(const Conv2dGeometry& g, int64_t begin, int64_t end, const T* grad,
                                         const T* kernel, T* grad_x) {
  const int64_t channels = g.in_channels, out_row = g.out_w * channels;
  // Tap i reaches a cell from the window at (position - i * dilation) / stride, if that is a whole number.
  const int64_t reach_h = (g.out_h - 1) * g.stride_h + 1, reach_w = (g.out_w - 1) * g.stride_w + 1;
  const auto taps_over = [](int64_t position, int64_t dilation, int64_t count, int64_t reach) {
    const int64_t first = position < reach ? 0 : ceil_div(position - reach + 1, dilation);
    const int64_t last = position / dilation;
    return Range{first, last < count ? last + 1 : count};
  };
  for (int64_t line = begin; line < end; ++line) {
    const int64_t h = line % g.height + g.pad_top;
    const T* const image = grad + line / g.height * g.out_h * out_row;
    const Range taps_h = taps_over(h, g.dilation_h, g.kernel_h, reach_h);
    for (int64_t from_w = 0; from_w < g.width; ++from_w) {
      const int64_t w = from_w + g.pad_left;
      const Range taps_w = taps_over(w, g.dilation_w, g.kernel_w, reach_w);
      T* const to = grad_x + (line * g.width + from_w) * channels;
      for_channels<T>(channels, [&](int64_t c, auto part) {
        Vector<T> sum(0);
        for (int64_t i = taps_h.begin; i < taps_h.end; ++i) {
          int64_t out_h = h - i * g.dilation_h;
          if (g.stride_h > 1) {
            if (out_h % g.stride_h != 0) continue;
            out_h /= g.stride_h;
          }
          const T* const weights = kernel + i * g.kernel_w * channels + c;
          for (int64_t j = taps_w.begin; j < taps_w.end; ++j) {
            int64_t out_w = w - j * g.dilation_w;
            if (g.stride_w > 1) {
              if (out_w % g.stride_w != 0) continue;
              out_w /= g.stride_w;
            }
            sum += load(image + out_h * out_row + out_w * channels + c, part) * load(weights + j * channels, part);
          }
        }
        store(to + c, sum, part);
      });
    }
  }
}

template <class T>
void depthwise_conv2d_backward_weights_rows(const Conv2dGeometry& g, int64_t begin, int64_t end, const T* x,
                                            const T* grad, T* grad_kernel) {
  const int64_t channels = g.in_channels, row = g.width * channels, step = g.stride_w * channels;
  for (int64_t line = begin; line < end; ++line) {
    const int64_t top = line % g.out_h * g.stride_h - g.pad_top;
    const T* const image_row = x + (line / g.out_h * g.height + top) * row;
    const T* const grad_row = grad + line * g.out_w * channels;
    const Range taps_h = steps_inside(top, g.dilation_h, g.kernel_h, g.height);
    for_channels<T>(channels, [&](int64_t c, auto part) {
      for (int64_t i = taps_h.begin; i < taps_h.end; ++i) {
        for (int64_t j = 0; j < g.kernel_w; ++j) {
          const int64_t shift = j * g.dilation_w - g.pad_left;
          const T* const cells = image_row + i * g.dilation_h * row + shift * channels + c;
          const Range windows = steps_inside(shift, g.stride_w, g.out_w, g.width);
          // Several sums, none of which has to wait for the last addition of another.
          Vector<T> sums[4] = {0, 0, 0, 0};
          int64_t w = windows.begin;
          for (; w + 4 <= windows.end; w += 4)
            for (int64_t k = 0; k < 4; ++k)
              sums[k] += load(cells + (w + k) * step, part) * load(grad_row + (w + k) * channels + c, part);
          for (; w < windows.end; ++w)
            sums[0] += load(cells + w * step, part) * load(grad_row + w * channels + c, part);
          T* const to = grad_kernel + (i * g.kernel_w + j) * channels + c;
          store(to, load(to, part) + ((sums[0] + sums[1]) + (sums[2] + sums[3])), part);
        }
      }
    });
  }
}

#define XTAPE_INSTANTIATE(T)                                                                                          \
  template void depthwise_conv2d_rows(const Conv2dGeometry&, int64_t, int64_t, const Conv2dArrays<T>&);               \
  template void depthwise_conv2d_backward_data_rows(const Conv2dGeometry&, int64_t, int64_t, const T*, const T*, T*); \
  template void depthwise_conv2d_backward_weights_rows(const Conv2dGeometry&, int64_t, int64_t, const T*, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
