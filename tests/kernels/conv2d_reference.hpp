#pragma once

#include <cstdint>
#include <vector>

#include "kernels/conv2d.hpp"

namespace xtape::testing {

// Calls visit(x index, kernel index, out index) for every product in the convolution's definition.
template <class Visit>
void visit_conv2d(const kernels::Conv2dGeometry& g, const Visit& visit) {
  const int64_t in = g.in_channels / g.groups, out = g.out_channels / g.groups;
  for (int64_t n = 0; n < g.batch; ++n)
    for (int64_t oh = 0; oh < g.out_h; ++oh)
      for (int64_t ow = 0; ow < g.out_w; ++ow)
        for (int64_t kh = 0; kh < g.kernel_h; ++kh)
          for (int64_t kw = 0; kw < g.kernel_w; ++kw) {
            const int64_t h = oh * g.stride_h - g.pad_top + kh * g.dilation_h;
            const int64_t w = ow * g.stride_w - g.pad_left + kw * g.dilation_w;
            if (h < 0 || h >= g.height || w < 0 || w >= g.width) continue;
            for (int64_t o = 0; o < g.out_channels; ++o)
              for (int64_t i = 0; i < in; ++i)
                visit(((n * g.height + h) * g.width + w) * g.in_channels + o / out * in + i,
                      ((kh * g.kernel_w + kw) * in + i) * g.out_channels + o,
                      ((n * g.out_h + oh) * g.out_w + ow) * g.out_channels + o);
          }
}

struct Conv2dSizes {
  int64_t x, kernel, out;
};

inline Conv2dSizes sizes_of(const kernels::Conv2dGeometry& g) {
  return {g.batch * g.height * g.width * g.in_channels,
          g.kernel_h * g.kernel_w * g.in_channels / g.groups * g.out_channels,
          g.batch * g.out_h * g.out_w * g.out_channels};
}

// Numbers in [-1, 1) from a fixed sequence.
inline std::vector<double> sequence(int64_t size, uint64_t seed) {
  std::vector<double> values(size);
  uint64_t state = seed * 2654435761u + 12345;
  for (double& value : values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<double>(state >> 33) / 1073741824.0 - 1.0;
  }
  return values;
}

}  // namespace xtape::testing
