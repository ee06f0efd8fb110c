#include "kernels/simd/convolution/direct_conv2d.hpp"

#include <cstdint>

#include "kernels/convolution/direct_conv2d.hpp"
#include "kernels/simd/convolution/window_taps.hpp"
#include "kernels/simd/linalg/gathered_product.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

// Windows that are computed together.
constexpr int64_t max_windows = 256;

// A rectangle of windows that cover the same taps of one group's channels. The place of a window is relative to the
// first one, that of a tap relative to its window.
struct Run {
  const Place *windows, *taps;
  int64_t window_count, tap_count;
  // Where the first window starts in x and in out, and the group's channels in the kernel.
  int64_t x, out, kernel;
};

// Windows from position `at` on that cover the same taps: all that are left inside, one at a border.
int64_t run_length(int64_t at, const Range& inside) {
  return at >= inside.begin && at < inside.end ? inside.end - at : 1;
}

void place_windows(const Conv2dGeometry& g, int64_t rows, int64_t columns, Place* windows) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      *windows++ = {(i * g.stride_h * g.width + j * g.stride_w) * g.in_channels, (i * g.out_w + j) * g.out_channels};
}

// Places the taps in the given rows and columns of a window and returns their number.
int64_t place_taps(const Conv2dGeometry& g, const Range& rows, const Range& columns, Place* taps) {
  const int64_t in = g.in_channels / g.groups;
  int64_t count = 0;
  for (int64_t i = rows.begin; i < rows.end; ++i)
    for (int64_t j = columns.begin; j < columns.end; ++j)
      for (int64_t c = 0; c < in; ++c)
        taps[count++] = {(i * g.dilation_h * g.width + j * g.dilation_w) * g.in_channels + c,
                         ((i * g.kernel_w + j) * in + c) * g.out_channels};
  return count;
}

// Calls body(run) until all windows of the output rows [begin, end) were there.
template <class Body>
void for_runs(const Conv2dGeometry& g, int64_t begin, int64_t end, const Body& body) {
  Place windows[max_windows], taps[max_direct_conv2d_terms];
  const int64_t in = g.in_channels / g.groups, out = g.out_channels / g.groups;
  const Range inside_h = steps_inside(-g.pad_top, g.stride_h, g.out_h, g.height - (g.kernel_h - 1) * g.dilation_h);
  const Range inside_w = steps_inside(-g.pad_left, g.stride_w, g.out_w, g.width - (g.kernel_w - 1) * g.dilation_w);
  int64_t rows, columns;
  for (int64_t line = begin; line < end; line += rows) {
    const int64_t row = line % g.out_h, top = row * g.stride_h - g.pad_top;
    rows = smaller(run_length(row, inside_h), end - line);
    const Range taps_h = steps_inside(top, g.dilation_h, g.kernel_h, g.height);
    for (int64_t column = 0; column < g.out_w; column += columns) {
      const int64_t left = column * g.stride_w - g.pad_left;
      columns = smaller(run_length(column, inside_w), max_windows);
      const int64_t rows_at_once = smaller(rows, max_windows / columns);
      place_windows(g, rows_at_once, columns, windows);
      const Range taps_w = steps_inside(left, g.dilation_w, g.kernel_w, g.width);
      const int64_t tap_count = place_taps(g, taps_h, taps_w, taps);
      for (int64_t i = 0; i < rows; i += rows_at_once) {
        const int64_t x = ((line / g.out_h * g.height + top + i * g.stride_h) * g.width + left) * g.in_channels;
        const int64_t y = ((line + i) * g.out_w + column) * g.out_channels;
        for (int64_t group = 0; group < g.groups; ++group)
          body(Run{windows, taps, smaller(rows - i, rows_at_once) * columns, tap_count, x + group * in, y + group * out,
                   group * out});
      }
    }
  }
}

}  // namespace

template <class T>
void direct_conv2d_rows(const Conv2dGeometry& g, int64_t begin, int64_t end, const Conv2dArrays<T>& arrays) {
  for_runs(g, begin, end, [&](const Run& run) {
    gathered_product<T>({.rows = run.windows,
                         .row_count = run.window_count,
                         .terms = run.taps,
                         .term_count = run.tap_count,
                         .left = arrays.x + run.x,
                         .right = arrays.kernel + run.kernel,
                         .sums = arrays.out + run.out,
                         .columns = g.out_channels / g.groups,
                         .bias = arrays.bias ? arrays.bias + run.kernel : nullptr,
                         .relu = arrays.relu});
  });
}

template <class T>
void direct_conv2d_backward_weights_rows(const Conv2dGeometry& g, int64_t begin, int64_t end, const T* x, const T* grad,
                                         T* grad_kernel) {
  for_runs(g, begin, end, [&](const Run& run) {
    gathered_product<T>({.rows = run.taps,
                         .row_count = run.tap_count,
                         .terms = run.windows,
                         .term_count = run.window_count,
                         .left = x + run.x,
                         .right = grad + run.out,
                         .sums = grad_kernel + run.kernel,
                         .columns = g.out_channels / g.groups,
                         .accumulate = true});
  });
}

#define XTAPE_INSTANTIATE(T)                                                                         \
  template void direct_conv2d_rows(const Conv2dGeometry&, int64_t, int64_t, const Conv2dArrays<T>&); \
  template void direct_conv2d_backward_weights_rows(const Conv2dGeometry&, int64_t, int64_t, const T*, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
