#include <cstdint>
#include <cstring>
#include <xsimd/xsimd.hpp>

#include "kernels/simd/convolution/pool2d.hpp"
#include "kernels/simd/convolution/pool_windows.hpp"
#include "kernels/simd/convolution/window_offsets.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

template <class T>
using Batch = xsimd::batch<T>;

template <class T, class Index>
inline void max_pixel(const Pool2dGeometry& g, const PixelWindow<T>& window, T* out, Index* indices) {
  const auto [corner, row, taps_h, taps_w] = window;
  const int64_t channels = g.channels, window_w = g.window_w;
  const T* const first = corner + taps_h.begin * row + taps_w.begin * channels;
  const int64_t first_tap = taps_h.begin * window_w + taps_w.begin;
  constexpr int64_t lanes = Batch<T>::size;
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) {
    auto best = Batch<T>::load_unaligned(first + c);
    // Offsets are kept in the type of the values, so that one mask serves both.
    Batch<T> offset(static_cast<T>(first_tap));
    for (int64_t h = taps_h.begin; h < taps_h.end; ++h) {
      for (int64_t w = taps_w.begin; w < taps_w.end; ++w) {
        const auto cell = Batch<T>::load_unaligned(corner + h * row + w * channels + c);
        // Not `cell != cell`, which xsimd 8 makes false for NaN.
        const auto wins = (cell > best) | xsimd::isnan(cell);
        best = xsimd::select(wins, cell, best);
        if (indices) offset = xsimd::select(wins, Batch<T>(static_cast<T>(h * window_w + w)), offset);
      }
    }
    best.store_unaligned(out + c);
    if (indices) store_offsets<T, Index>(offset, indices + c);
  }
  for (; c < channels; ++c) {
    T best = first[c];
    int64_t offset = first_tap;
    for (int64_t h = taps_h.begin; h < taps_h.end; ++h) {
      for (int64_t w = taps_w.begin; w < taps_w.end; ++w) {
        const T cell = corner[h * row + w * channels + c];
        if (cell > best || cell != cell) {
          best = cell;
          offset = h * window_w + w;
        }
      }
    }
    out[c] = best;
    if (indices) indices[c] = static_cast<Index>(offset);
  }
}

}  // namespace

template <class T, class Index>
void max_pool2d_rows(const Pool2dGeometry& g, int64_t begin, int64_t end, const T* x, T* out, Index* indices) {
  for_each_window(g, begin, end, x, [&](const PixelWindow<T>& window, int64_t at) {
    max_pixel(g, window, out + at, indices ? indices + at : nullptr);
  });
}

namespace {

// One row of the gradient, which has the tap of row `tap_h` of the windows in row `window` over it. Windows follow each
// other without overlap: each cell is written once, and nothing needs to be cleared first but what no window covers.
template <class T, class Index>
inline void scatter_row(const Pool2dGeometry& g, int64_t tap_h, const T* grad, const Index* indices, T* to_row) {
  constexpr int64_t lanes = Batch<T>::size;
  for (int64_t w = 0; w < g.out_w; ++w) {
    const int64_t left = w * g.stride_w - g.pad_left;
    const Range taps = taps_inside(left, g.window_w, g.width);
    for (int64_t tap_w = taps.begin; tap_w < taps.end; ++tap_w) {
      const int64_t tap = tap_h * g.window_w + tap_w;
      const Batch<T> tap_lanes(static_cast<T>(tap)), zero(T(0));
      const T* const from = grad + w * g.channels;
      const Index* const chosen = indices + w * g.channels;
      T* const to = to_row + (left + tap_w) * g.channels;
      int64_t c = 0;
      for (; c + lanes <= g.channels; c += lanes) {
        const auto offset = load_offsets<T, Index>(chosen + c);
        xsimd::select(offset == tap_lanes, Batch<T>::load_unaligned(from + c), zero).store_unaligned(to + c);
      }
      for (; c < g.channels; ++c) to[c] = chosen[c] == tap ? from[c] : T(0);
    }
  }
  const int64_t covered = smaller(g.width, g.out_w * g.stride_w - g.pad_left);
  std::memset(to_row + covered * g.channels, 0, (g.width - covered) * g.channels * sizeof(T));
}

}  // namespace

template <class T, class Index>
void max_pool2d_backward_rows(const Pool2dGeometry& g, int64_t begin, int64_t end, const T* grad, const Index* indices,
                              T* grad_x) {
  constexpr int64_t lanes = Batch<T>::size;
  const int64_t row = g.width * g.channels;
  for (int64_t line = begin; line < end; ++line) {
    T* const to_row = grad_x + line * row;
    const int64_t h = line % g.height + g.pad_top;
    const Range windows = windows_over(h, g.window_h, g.stride_h, g.out_h);
    if (g.stride_w == g.window_w && windows.end - windows.begin == 1) {
      const int64_t from = (line / g.height * g.out_h + windows.begin) * g.out_w * g.channels;
      scatter_row(g, h - windows.begin * g.stride_h, grad + from, indices + from, to_row);
      continue;
    }
    std::memset(to_row, 0, row * sizeof(T));
    for (int64_t window = windows.begin; window < windows.end; ++window) {
      const int64_t tap_h = h - window * g.stride_h;
      for (int64_t w = 0; w < g.out_w; ++w) {
        const int64_t left = w * g.stride_w - g.pad_left;
        const int64_t from = ((line / g.height * g.out_h + window) * g.out_w + w) * g.channels;
        const Range taps = taps_inside(left, g.window_w, g.width);
        int64_t c = 0;
        for (; c + lanes <= g.channels; c += lanes) {
          const auto value = Batch<T>::load_unaligned(grad + from + c);
          const auto offset = load_offsets<T, Index>(indices + from + c);
          for (int64_t tap_w = taps.begin; tap_w < taps.end; ++tap_w) {
            const Batch<T> tap(static_cast<T>(tap_h * g.window_w + tap_w));
            T* const to = to_row + (left + tap_w) * g.channels + c;
            (Batch<T>::load_unaligned(to) + xsimd::select(offset == tap, value, Batch<T>(T(0)))).store_unaligned(to);
          }
        }
        for (; c < g.channels; ++c) {
          for (int64_t tap_w = taps.begin; tap_w < taps.end; ++tap_w) {
            if (indices[from + c] == tap_h * g.window_w + tap_w)
              to_row[(left + tap_w) * g.channels + c] += grad[from + c];
          }
        }
      }
    }
  }
}

template <class T, class Index>
void max_pool2d_pick_rows(const Pool2dGeometry& g, int64_t begin, int64_t end, const T* x, const Index* indices,
                          T* out) {
  for_each_window(g, begin, end, x, [&](const PixelWindow<T>& window, int64_t at) {
    const auto [corner, row, taps_h, taps_w] = window;
    constexpr int64_t lanes = Batch<T>::size;
    // To look at each of more cells takes longer than to work out where one is.
    const bool by_vectors = g.window_h * g.window_w <= 4 * lanes;
    int64_t c = 0;
    for (; by_vectors && c + lanes <= g.channels; c += lanes) {
      const auto offset = load_offsets<T, Index>(indices + at + c);
      Batch<T> picked(T(0));
      for (int64_t h = taps_h.begin; h < taps_h.end; ++h) {
        for (int64_t w = taps_w.begin; w < taps_w.end; ++w) {
          const auto cell = Batch<T>::load_unaligned(corner + h * row + w * g.channels + c);
          picked = xsimd::select(offset == Batch<T>(static_cast<T>(h * g.window_w + w)), cell, picked);
        }
      }
      picked.store_unaligned(out + at + c);
    }
    for (; c < g.channels; ++c) {
      const int64_t tap = indices[at + c];
      out[at + c] = corner[tap / g.window_w * row + tap % g.window_w * g.channels + c];
    }
  });
}

#define XTAPE_INSTANTIATE(T, Index)                                                                            \
  template void max_pool2d_rows(const Pool2dGeometry&, int64_t, int64_t, const T*, T*, Index*);                \
  template void max_pool2d_backward_rows(const Pool2dGeometry&, int64_t, int64_t, const T*, const Index*, T*); \
  template void max_pool2d_pick_rows(const Pool2dGeometry&, int64_t, int64_t, const T*, const Index*, T*);
XTAPE_INSTANTIATE(float, uint8_t)
XTAPE_INSTANTIATE(float, int32_t)
XTAPE_INSTANTIATE(double, uint8_t)
XTAPE_INSTANTIATE(double, int32_t)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
