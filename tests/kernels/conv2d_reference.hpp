#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "kernels/convolution/conv2d.hpp"

namespace xtape::testing {

// A convolution by its sizes; the output follows from them.
struct Conv2dCase {
  int64_t batch, height, width, in, out, kernel_h, kernel_w;
  int64_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  int64_t top = 0, bottom = 0, left = 0, right = 0, groups = 1;
};

inline kernels::Conv2dGeometry geometry_of(const Conv2dCase& c) {
  const int64_t out_h = (c.height + c.top + c.bottom - (c.kernel_h - 1) * c.dilation_h - 1) / c.stride_h + 1;
  const int64_t out_w = (c.width + c.left + c.right - (c.kernel_w - 1) * c.dilation_w - 1) / c.stride_w + 1;
  return {c.batch,      c.height,     c.width, c.in,     c.out,  c.kernel_h, c.kernel_w, c.stride_h, c.stride_w,
          c.dilation_h, c.dilation_w, c.top,   c.bottom, c.left, c.right,    c.groups,   out_h,      out_w};
}

inline std::string describe(const kernels::Conv2dGeometry& g) {
  std::ostringstream text;
  text << "x " << g.batch << 'x' << g.height << 'x' << g.width << 'x' << g.in_channels << ", out " << g.out_channels
       << ", kernel " << g.kernel_h << 'x' << g.kernel_w << ", stride " << g.stride_h << 'x' << g.stride_w
       << ", dilation " << g.dilation_h << 'x' << g.dilation_w << ", pad " << g.pad_top << ' ' << g.pad_bottom << ' '
       << g.pad_left << ' ' << g.pad_right << ", groups " << g.groups;
  return text.str();
}

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
