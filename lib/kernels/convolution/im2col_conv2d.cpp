#include "kernels/convolution/im2col_conv2d.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "kernels/linalg/gemm.hpp"
#include "kernels/support/partial_sums.hpp"
#include "kernels/support/workspace.hpp"

namespace xtape::kernels {
namespace {

// The unrolled block shares the L2 cache with the kernel and the outputs.
constexpr int64_t column_bytes = 256 * 1024;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// The sizes of the matrix products: pixels x depth times depth x out, once per group.
struct Product {
  explicit Product(const Conv2dGeometry& g)
      : pixels_per_image(g.out_h * g.out_w),
        pixels(g.batch * pixels_per_image),
        in(g.in_channels / g.groups),
        out(g.out_channels / g.groups),
        depth(g.kernel_h * g.kernel_w * in),
        // A 1x1 convolution reads x itself as the unrolled matrix.
        unrolled(g.kernel_h * g.kernel_w > 1 || g.stride_h * g.stride_w > 1 ||
                 g.pad_top + g.pad_bottom + g.pad_left + g.pad_right > 0) {}

  template <class T>
  int64_t block() const {
    return std::clamp<int64_t>(column_bytes / std::max<int64_t>(1, depth * sizeof(T)), 32, 1024);
  }

  int64_t pixels_per_image, pixels, in, out, depth;
  bool unrolled;
};

// The output pixels [first, last) and the group of channels that are worked on at one time.
struct Block {
  int64_t first, last, group;

  int64_t pixels() const { return last - first; }
};

// Walks the unrolled rows of a block's pixels: calls span(offset in the unrolled block, offset in x, count) for cells
// inside the image, gap(offset in the unrolled block, count) for padding.
template <class Span, class Gap>
void walk_columns(const Conv2dGeometry& g, const Product& p, const Block& block, const Span& span, const Gap& gap) {
  // Cells of neighbouring taps are neighbours in x too, unless a dilation or other groups lie between.
  const bool joined = g.groups == 1 && g.dilation_w == 1;
  int64_t row = 0;
  for (int64_t pixel = block.first; pixel < block.last; ++pixel) {
    const int64_t image = pixel / p.pixels_per_image, rest = pixel % p.pixels_per_image;
    const int64_t top = rest / g.out_w * g.stride_h - g.pad_top, left = rest % g.out_w * g.stride_w - g.pad_left;
    const int64_t begin = left >= 0 ? 0 : std::min(g.kernel_w, ceil_div(-left, g.dilation_w));
    const int64_t end = left >= g.width ? begin : std::clamp(ceil_div(g.width - left, g.dilation_w), begin, g.kernel_w);
    for (int64_t tap_h = 0; tap_h < g.kernel_h; ++tap_h, row += g.kernel_w * p.in) {
      const int64_t h = top + tap_h * g.dilation_h;
      if (h < 0 || h >= g.height || begin == end) {
        gap(row, g.kernel_w * p.in);
        continue;
      }
      const int64_t line = ((image * g.height + h) * g.width + left) * g.in_channels + block.group * p.in;
      if (begin > 0) gap(row, begin * p.in);
      if (joined) {
        span(row + begin * p.in, line + begin * p.in, (end - begin) * p.in);
      } else {
        for (int64_t tap_w = begin; tap_w < end; ++tap_w)
          span(row + tap_w * p.in, line + tap_w * g.dilation_w * g.in_channels, p.in);
      }
      if (end < g.kernel_w) gap(row + end * p.in, (g.kernel_w - end) * p.in);
    }
  }
}

template <class T>
void im2col(const Conv2dGeometry& g, const Product& p, const Block& block, const T* x, T* columns) {
  walk_columns(
      g, p, block, [=](int64_t to, int64_t from, int64_t count) { std::copy_n(x + from, count, columns + to); },
      [=](int64_t to, int64_t count) { std::fill_n(columns + to, count, T(0)); });
}

template <class T>
void col2im(const Conv2dGeometry& g, const Product& p, const Block& block, const T* columns, T* x) {
  walk_columns(
      g, p, block,
      [=](int64_t from, int64_t to, int64_t count) {
        for (int64_t i = 0; i < count; ++i) x[to + i] += columns[from + i];
      },
      [](int64_t, int64_t) {});
}

// The cells that a block's pixels read, [pixels, depth]: x itself, or unrolled into `columns`.
template <class T>
Matrix<const T> cells_of(const Conv2dGeometry& g, const Product& p, const Block& block, const T* x, T* columns) {
  if (!p.unrolled)
    return {x + block.first * g.in_channels + block.group * p.in, block.pixels(), p.depth, g.in_channels};
  im2col(g, p, block, x, columns);
  return {columns, block.pixels(), p.depth, p.depth};
}

// A block's part of an array [pixels, out_channels].
template <class T>
Matrix<T> outputs_of(const Conv2dGeometry& g, const Product& p, const Block& block, T* out) {
  return {out + block.first * g.out_channels + block.group * p.out, block.pixels(), p.out, g.out_channels};
}

// A group's part of the kernel, [depth, out].
template <class T>
Matrix<T> filters_of(const Conv2dGeometry& g, const Product& p, int64_t group, T* kernel) {
  return {kernel + group * p.out, p.depth, p.out, g.out_channels};
}

}  // namespace

template <class T>
void im2col_conv2d(const Conv2dGeometry& g, const T* x, const T* kernel, const T* bias, bool relu, T* out) {
  const Product p(g);
  const int64_t block = p.block<T>();
  core::parallel_for(ceil_div(p.pixels, block), 1, [&](int64_t begin, int64_t end) {
    const Workspace columns(p.unrolled ? block * p.depth * sizeof(T) : 0);
    for (int64_t first = begin * block; first < std::min(end * block, p.pixels); first += block) {
      const int64_t last = std::min(first + block, p.pixels);
      T* rows = out + first * g.out_channels;
      if (bias)
        for (int64_t i = 0; i < last - first; ++i) std::copy_n(bias, g.out_channels, rows + i * g.out_channels);
      for (int64_t group = 0; group < g.groups; ++group) {
        const Block part{first, last, group};
        gemm<T>(T(1), cells_of(g, p, part, x, columns.as<T>()), filters_of(g, p, group, kernel), bias ? T(1) : T(0),
                outputs_of(g, p, part, out));
      }
      // Written so that NaN stays NaN.
      if (relu)
        for (int64_t i = 0; i < (last - first) * g.out_channels; ++i) rows[i] = rows[i] < T(0) ? T(0) : rows[i];
    }
  });
}

template <class T>
void im2col_conv2d_backward_data(const Conv2dGeometry& g, const T* grad, const T* kernel, T* grad_x) {
  const Product p(g);
  const int64_t block = p.block<T>();
  const int64_t image_size = g.height * g.width * g.in_channels;
  // Blocks of one image overlap in grad_x, images do not.
  core::parallel_for(g.batch, 1, [&](int64_t begin, int64_t end) {
    if (p.unrolled) std::fill(grad_x + begin * image_size, grad_x + end * image_size, T(0));
    const Workspace columns(p.unrolled ? block * p.depth * sizeof(T) : 0);
    const int64_t stop = end * p.pixels_per_image;
    for (int64_t first = begin * p.pixels_per_image; first < stop; first += block) {
      for (int64_t group = 0; group < g.groups; ++group) {
        const Block part{first, std::min(first + block, stop), group};
        T* const cells = p.unrolled ? columns.as<T>() : grad_x + first * g.in_channels + group * p.in;
        gemm<T>(T(1), outputs_of(g, p, part, grad), filters_of(g, p, group, kernel).transpose(), T(0),
                {cells, part.pixels(), p.depth, p.unrolled ? p.depth : g.in_channels});
        if (p.unrolled) col2im(g, p, part, cells, grad_x);
      }
    }
  });
}

template <class T>
void im2col_conv2d_backward_weights(const Conv2dGeometry& g, const T* x, const T* grad, T* grad_kernel) {
  const Product p(g);
  const int64_t block = p.block<T>();
  const int64_t blocks = ceil_div(p.pixels, block);
  sum_of_chunks(blocks, chunk_count(blocks, 1, 1), p.depth * g.out_channels, grad_kernel,
                [&](int64_t begin, int64_t end, T* sum) {
                  const Workspace columns(p.unrolled ? block * p.depth * sizeof(T) : 0);
                  for (int64_t first = begin * block; first < std::min(end * block, p.pixels); first += block) {
                    for (int64_t group = 0; group < g.groups; ++group) {
                      const Block part{first, std::min(first + block, p.pixels), group};
                      gemm<T>(T(1), cells_of(g, p, part, x, columns.as<T>()).transpose(), outputs_of(g, p, part, grad),
                              T(1), filters_of(g, p, group, sum));
                    }
                  }
                });
}

#define XTAPE_INSTANTIATE(T)                                                                  \
  template void im2col_conv2d(const Conv2dGeometry&, const T*, const T*, const T*, bool, T*); \
  template void im2col_conv2d_backward_data(const Conv2dGeometry&, const T*, const T*, T*);   \
  template void im2col_conv2d_backward_weights(const Conv2dGeometry&, const T*, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
