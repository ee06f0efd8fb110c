#pragma once

#include <cstdint>

// Which taps of a window lie in an image, and which windows reach a cell.
namespace xtape::kernels::XTAPE_ISA {

inline int64_t ceil_div(int64_t a, int64_t b) { return b == 1 ? a : (a + b - 1) / b; }

struct Range {
  int64_t begin, end;
};

// The i in [0, count) with 0 <= start + i * step < size.
inline Range steps_inside(int64_t start, int64_t step, int64_t count, int64_t size) {
  const int64_t begin = start < 0 ? ceil_div(-start, step) : 0;
  const int64_t end = start < size ? ceil_div(size - start, step) : 0;
  return {begin, end < count ? end : count};
}

}  // namespace xtape::kernels::XTAPE_ISA
