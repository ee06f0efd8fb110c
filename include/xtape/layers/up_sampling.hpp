#pragma once

#include <cstddef>
#include <string>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/size.hpp>

namespace xtape::layers {

/// Of UpSampling1D and UpSampling3D.
template <std::size_t axes>
struct UpSamplingOptions {
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};
/// Of UpSampling2D.
template <>
struct UpSamplingOptions<2> {
  /// "nearest", which repeats each pixel, "bilinear", "bicubic", "lanczos3" or "lanczos5".
  std::string interpolation = "nearest";
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};
using UpSampling1DOptions = UpSamplingOptions<1>;
using UpSampling2DOptions = UpSamplingOptions<2>;
using UpSampling3DOptions = UpSamplingOptions<3>;

/// Inputs [batch, length, channels], [batch, height, width, channels] or [batch, depth, height, width, channels],
/// enlarged by a whole factor for each axis.
template <std::size_t axes>
class XTAPE_API UpSampling : public Layer {
 public:
  /// @throws ValueError for factors below 1; in a call for an unknown interpolation, and ShapeError unless inputs have
  /// these axes, or if a length becomes too large.
  explicit UpSampling(Size<axes> size = 2, UpSamplingOptions<axes> options = {});  // refused? see UpSamplingOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static UpSampling from_config(const Config& config);
};
using UpSampling1D = UpSampling<1>;
using UpSampling2D = UpSampling<2>;
using UpSampling3D = UpSampling<3>;

}  // namespace xtape::layers
