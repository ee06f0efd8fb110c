#pragma once

#include <cstdint>
#include <vector>

// How the elements along an axis are made of those of an axis of another length.
namespace xtape::ops {

enum class Filter {
  nearest,   // the one whose place is nearest
  bilinear,  // the two nearest ones
  bicubic,   // the four nearest ones, by a cubic convolution with a = -3/4 (with antialias -1/2), as PyTorch
  lanczos3,  // six, by Lanczos' kernel
  lanczos5,  // ten
  mean,      // the mean of the elements from floor(i * n / o) to ceil((i + 1) * n / o)
};
const char* name_of(Filter filter);

// Result i is the sum of the elements first[i], first[i] + 1, ... with the weights from begin[i] to begin[i + 1].
struct Taps {
  std::vector<int64_t> first;
  std::vector<int64_t> begin = {0};
  std::vector<double> weights;
};

// For `to` results of `from` elements: those have the places (i + 1/2) / n, and what lies beyond the ends is, for
// bilinear and bicubic, the last element, or nothing, the other weights being larger. With `antialias` all but nearest
// reach further where there are fewer results than elements.
Taps taps_of(Filter filter, bool antialias, int64_t from, int64_t to);

// The adjoint: what the results' gradients give each of `from` elements.
Taps transposed(const Taps& taps, int64_t from);

}  // namespace xtape::ops
