#include "kernels/onednn/conv2d_pieces.hpp"

#include <algorithm>
#include <utility>
#include <xtape/threads.hpp>

#include "core/parallel.hpp"

namespace xtape::kernels {
namespace {

// Multiply-adds before another thread pays.
constexpr int64_t grain = 1 << 18;

// The rows that a window covers, less one.
int64_t reach(const Conv2dGeometry& g) { return (g.kernel_h - 1) * g.dilation_h; }

// Columns as rows, and back. An image of one row, under windows of one row, lies in memory as it does either way.
Conv2dGeometry turned(Conv2dGeometry g) {
  std::swap(g.height, g.width);
  std::swap(g.kernel_h, g.kernel_w);
  std::swap(g.stride_h, g.stride_w);
  std::swap(g.dilation_h, g.dilation_w);
  std::swap(g.pad_top, g.pad_left);
  std::swap(g.pad_bottom, g.pad_right);
  std::swap(g.out_h, g.out_w);
  return g;
}

bool is_row(const Conv2dGeometry& g) { return g.height == 1 && g.out_h == 1 && g.kernel_h == 1 && g.width > 1; }

}  // namespace

Conv2dPiece images_of(const Conv2dGeometry& g, int64_t begin, int64_t end) {
  Conv2dPiece piece{g, begin * g.height * g.width * g.in_channels, begin * g.out_h * g.out_w * g.out_channels};
  piece.geometry.batch = end - begin;
  return piece;
}

Conv2dPiece output_rows_of(const Conv2dGeometry& g, int64_t image, int64_t begin, int64_t end) {
  Conv2dPiece piece = images_of(g, image, image + 1);
  const int64_t first = begin * g.stride_h - g.pad_top, last = (end - 1) * g.stride_h - g.pad_top + reach(g);
  const int64_t from = std::max<int64_t>(first, 0), to = std::min(last + 1, g.height);
  piece.geometry.height = to - from;
  piece.geometry.out_h = end - begin;
  piece.geometry.pad_top = from - first;
  piece.geometry.pad_bottom = last + 1 - to;
  piece.x += from * g.width * g.in_channels;
  piece.out += begin * g.out_w * g.out_channels;
  return piece;
}

Conv2dPiece input_rows_of(const Conv2dGeometry& g, int64_t image, int64_t begin, int64_t end) {
  Conv2dPiece piece = images_of(g, image, image + 1);
  const int64_t from = std::max<int64_t>(begin + g.pad_top - reach(g), 0), to = std::min(end + g.pad_top, g.out_h);
  piece.geometry.height = end - begin;
  piece.geometry.out_h = to - from;
  piece.geometry.pad_top = g.pad_top + begin - from;
  piece.geometry.pad_bottom = to - 1 + reach(g) - g.pad_top - (end - 1);
  piece.x += begin * g.width * g.in_channels;
  piece.out += from * g.out_w * g.out_channels;
  return piece;
}

bool padding_is_inner(const Conv2dGeometry& g) { return std::max(g.pad_top, g.pad_bottom) <= reach(g); }

std::vector<Conv2dPiece> conv2d_pieces(const Conv2dGeometry& g, Cut cut, int64_t per_thread) {
  if (is_row(g)) {
    std::vector<Conv2dPiece> pieces = conv2d_pieces(turned(g), cut, per_thread);
    for (Conv2dPiece& piece : pieces) piece.geometry = turned(piece.geometry);
    return pieces;
  }
  const int64_t threads = get_num_threads();
  const int64_t work = g.batch * g.out_h * g.out_w * kernel_size(g);
  if (threads == 1 || work < 2 * grain || core::inside_part()) return {images_of(g, 0, g.batch)};

  const bool by_rows = cut == Cut::output_rows ? padding_is_inner(g) : g.stride_h == 1;
  const int64_t wanted = std::min(threads * per_thread, work / grain);
  const int64_t image_rows = cut == Cut::output_rows ? g.out_h : g.height;
  // Rows that two pieces see are read twice.
  const int64_t strips = g.batch < wanted && by_rows ? std::clamp<int64_t>((wanted + g.batch - 1) / g.batch, 1,
                                                                           std::max<int64_t>(image_rows / 4, 1))
                                                     : 1;
  std::vector<Conv2dPiece> pieces;
  if (strips == 1) {
    const int64_t count = std::min(wanted, g.batch);
    for (int64_t i = 0; i < count; ++i) pieces.push_back(images_of(g, g.batch * i / count, g.batch * (i + 1) / count));
    return pieces;
  }
  for (int64_t image = 0; image < g.batch; ++image) {
    for (int64_t strip = 0; strip < strips; ++strip) {
      const int64_t begin = image_rows * strip / strips, end = image_rows * (strip + 1) / strips;
      pieces.push_back(cut == Cut::output_rows ? output_rows_of(g, image, begin, end)
                                               : input_rows_of(g, image, begin, end));
    }
  }
  return pieces;
}

}  // namespace xtape::kernels
