#pragma once

#include <cstdint>

// Which taps of a window lie in an image.
namespace xtape::kernels::XTAPE_ISA {

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t ceil_div(int64_t a, int64_t b) { return b == 1 ? a : (a + b - 1) / b; }

struct Range {
  int64_t begin, end;
};

// The taps of a window of `window` neighbouring cells from `start` on that lie inside [0, size).
inline Range taps_inside(int64_t start, int64_t window, int64_t size) {
  return {start < 0 ? -start : 0, smaller(window, size - start)};
}

// The i in [0, count) with 0 <= start + i * step < size: the taps of a dilated window.
inline Range steps_inside(int64_t start, int64_t step, int64_t count, int64_t size) {
  const int64_t begin = start < 0 ? ceil_div(-start, step) : 0;
  const int64_t end = start < size ? ceil_div(size - start, step) : 0;
  return {begin, smaller(end, count)};
}

}  // namespace xtape::kernels::XTAPE_ISA
