#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct GaussianNoiseOptions {
  /// Has the layer draw from a stream of its own that begins with the seed. Default: from the global one.
  std::optional<uint64_t> seed = std::nullopt;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// In training adds normal noise of that standard deviation; else returns its input.
class XTAPE_API GaussianNoise : public Layer {
 public:
  /// @throws ValueError unless 0 <= stddev <= 1, Keras's range; in training AutogradError if a layer with a seed is
  /// captured.
  explicit GaussianNoise(double stddev, GaussianNoiseOptions options = {});  // refused? see GaussianNoiseOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static GaussianNoise from_config(const Config& config);
};

}  // namespace xtape::layers
