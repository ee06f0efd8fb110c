#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/layers/layer.hpp>

// Dropout of whole feature maps (Tompson et al., 2014): one decision for each sample and channel, for neighbouring
// places have much in common. Constructors and training throw as Dropout; calls throw ShapeError for inputs of other
// ranks.
namespace xtape::layers {

struct SpatialDropoutOptions {
  /// Has the layer draw from a stream of its own that begins with the seed. Default: from the global one.
  std::optional<uint64_t> seed = std::nullopt;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Of sequences [batch, time, channels].
class XTAPE_API SpatialDropout1D : public Layer {
 public:
  explicit SpatialDropout1D(double rate, SpatialDropoutOptions options = {});  // refused? see SpatialDropoutOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static SpatialDropout1D from_config(const Config& config);
};

/// Of images [batch, height, width, channels].
class XTAPE_API SpatialDropout2D : public Layer {
 public:
  explicit SpatialDropout2D(double rate, SpatialDropoutOptions options = {});  // refused? see SpatialDropoutOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static SpatialDropout2D from_config(const Config& config);
};

/// Of volumes [batch, depth, height, width, channels].
class XTAPE_API SpatialDropout3D : public Layer {
 public:
  explicit SpatialDropout3D(double rate, SpatialDropoutOptions options = {});  // refused? see SpatialDropoutOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static SpatialDropout3D from_config(const Config& config);
};

}  // namespace xtape::layers
