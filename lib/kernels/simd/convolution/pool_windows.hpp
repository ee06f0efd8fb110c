#pragma once

#include "kernels/convolution/pool2d.hpp"
#include "kernels/simd/convolution/window_taps.hpp"

namespace xtape::kernels::XTAPE_ISA {

// The window of one output pixel. It starts at `corner`, perhaps outside of the image, and the taps that are inside
// read corner + h * row + w * channels.
template <class T>
struct PixelWindow {
  const T* corner;
  int64_t row;
  Range taps_h, taps_w;
};

inline int64_t cell_count(Range taps_h, Range taps_w) {
  return (taps_h.end - taps_h.begin) * (taps_w.end - taps_w.begin);
}

// Calls body(window, at) for each output pixel of the lines [begin, end), which are those of all images one after the
// other; its channels begin at output element `at`.
template <class T, class Body>
inline void for_each_window(const Pool2dGeometry& g, int64_t begin, int64_t end, const T* x, const Body& body) {
  const int64_t row = g.width * g.channels;
  for (int64_t line = begin; line < end; ++line) {
    const int64_t top = line % g.out_h * g.stride_h - g.pad_top;
    const Range taps_h = taps_inside(top, g.window_h, g.height);
    const T* image_row = x + (line / g.out_h * g.height + top) * row;
    for (int64_t w = 0; w < g.out_w; ++w) {
      const int64_t left = w * g.stride_w - g.pad_left;
      body(PixelWindow<T>{image_row + left * g.channels, row, taps_h, taps_inside(left, g.window_w, g.width)},
           (line * g.out_w + w) * g.channels);
    }
  }
}

// The windows that contain the cell at `position` of the padded image.
inline Range windows_over(int64_t position, int64_t window, int64_t stride, int64_t count) {
  const int64_t first = position < window ? 0 : (position - window) / stride + 1;
  return {first, smaller(position / stride + 1, count)};
}

}  // namespace xtape::kernels::XTAPE_ISA
