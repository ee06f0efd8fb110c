#pragma once

#include "kernels/pool2d.hpp"

// Included by the pooling kernels only: everything is in an anonymous namespace, once per instruction set.
namespace xtape::kernels {
namespace {

struct Range {
  int64_t begin, end;
};

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t larger(int64_t a, int64_t b) { return a < b ? b : a; }

// The taps of a window starting at `start` that lie inside [0, size).
inline Range taps_inside(int64_t start, int64_t window, int64_t size) {
  return {larger(0, -start), smaller(window, size - start)};
}

// The windows that contain the cell at `position` of the padded image.
inline Range windows_over(int64_t position, int64_t window, int64_t stride, int64_t count) {
  const int64_t first = position < window ? 0 : (position - window) / stride + 1;
  return {first, smaller(position / stride + 1, count)};
}

}  // namespace
}  // namespace xtape::kernels
