#pragma once

#include <cstdint>
#include <string>
#include <vector>
#include <xtape/tensor.hpp>

namespace xtape {

struct ResizeOptions {
  /// "nearest", "bilinear", "bicubic" (with a = -3/4, PyTorch's), "lanczos3" or "lanczos5".
  std::string interpolation = "bilinear";
  /// Makes each pixel of all that it covers where the image shrinks (bicubic then with a = -1/2); nearest stays as it
  /// is.
  bool antialias = false;
};

/// Images x [batch, spatial..., channels] of another size, a length for each spatial axis, one to three, as
/// `keras.ops.image.resize`: pixels stand for their centers, pixel i of n for (i + 1/2) / n, and beyond the borders the
/// last pixel goes on (lanczos leaves out what is there). @throws ShapeError unless x has those axes and pixels;
/// ValueError for a length below 1 or an unknown interpolation; DTypeError unless x is floating.
XTAPE_API Tensor resize(const Tensor& x, const std::vector<int64_t>& size, const ResizeOptions& options = {});

/// Images x [batch, spatial..., channels] enlarged by whole factors, one for each spatial axis, one to three. "nearest"
/// repeats each pixel, in any type; other interpolations as resize. @throws as resize.
XTAPE_API Tensor upsample(const Tensor& x, const std::vector<int64_t>& factors,
                          const std::string& interpolation = "nearest");

}  // namespace xtape
