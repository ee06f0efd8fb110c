#include <cstdint>
#include <cstring>
#include <xsimd/xsimd.hpp>

#include "kernels/simd/convolution/pool2d.hpp"
#include "kernels/simd/convolution/pool_windows.hpp"

namespace xtape::kernels::XTAPE_ISA {

template <class T>
void avg_pool2d_rows(const Pool2dGeometry& g, int64_t begin, int64_t end, const T* x, T* out) {
  using Batch = xsimd::batch<T>;
  constexpr int64_t lanes = Batch::size;
  for_each_window(g, begin, end, x, [&](const PixelWindow<T>& window, int64_t at) {
    const auto [corner, row, taps_h, taps_w] = window;
    const T scale = T(1) / static_cast<T>(cell_count(taps_h, taps_w));
    T* const to = out + at;
    int64_t c = 0;
    for (; c + lanes <= g.channels; c += lanes) {
      Batch sum(T(0));
      for (int64_t i = taps_h.begin; i < taps_h.end; ++i)
        for (int64_t j = taps_w.begin; j < taps_w.end; ++j)
          sum += Batch::load_unaligned(corner + i * row + j * g.channels + c);
      (sum * Batch(scale)).store_unaligned(to + c);
    }
    for (; c < g.channels; ++c) {
      T sum = 0;
      for (int64_t i = taps_h.begin; i < taps_h.end; ++i)
        for (int64_t j = taps_w.begin; j < taps_w.end; ++j) sum += corner[i * row + j * g.channels + c];
      to[c] = sum * scale;
    }
  });
}

template <class T>
void avg_pool2d_backward_rows(const Pool2dGeometry& g, int64_t begin, int64_t end, const T* grad, T* grad_x) {
  using Batch = xsimd::batch<T>;
  constexpr int64_t lanes = Batch::size;
  const int64_t row = g.width * g.channels;
  for (int64_t line = begin; line < end; ++line) {
    T* const to_row = grad_x + line * row;
    std::memset(to_row, 0, row * sizeof(T));
    const int64_t h = line % g.height + g.pad_top;
    const Range windows = windows_over(h, g.window_h, g.stride_h, g.out_h);
    for (int64_t window = windows.begin; window < windows.end; ++window) {
      const Range taps_h = taps_inside(window * g.stride_h - g.pad_top, g.window_h, g.height);
      for (int64_t w = 0; w < g.out_w; ++w) {
        const int64_t left = w * g.stride_w - g.pad_left;
        const Range taps_w = taps_inside(left, g.window_w, g.width);
        const T scale = T(1) / static_cast<T>(cell_count(taps_h, taps_w));
        const T* const from = grad + ((line / g.height * g.out_h + window) * g.out_w + w) * g.channels;
        int64_t c = 0;
        for (; c + lanes <= g.channels; c += lanes) {
          const Batch value = Batch::load_unaligned(from + c) * Batch(scale);
          for (int64_t j = taps_w.begin; j < taps_w.end; ++j) {
            T* const to = to_row + (left + j) * g.channels + c;
            (Batch::load_unaligned(to) + value).store_unaligned(to);
          }
        }
        for (; c < g.channels; ++c)
          for (int64_t j = taps_w.begin; j < taps_w.end; ++j) to_row[(left + j) * g.channels + c] += from[c] * scale;
      }
    }
  }
}

#define XTAPE_INSTANTIATE(T)                                                            \
  template void avg_pool2d_rows(const Pool2dGeometry&, int64_t, int64_t, const T*, T*); \
  template void avg_pool2d_backward_rows(const Pool2dGeometry&, int64_t, int64_t, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
