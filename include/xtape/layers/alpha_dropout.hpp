#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct AlphaDropoutOptions {
  /// The shape of the decisions, as in DropoutOptions.
  std::optional<Shape> noise_shape = std::nullopt;
  /// Has the layer draw from a stream of its own that begins with the seed. Default: from the global one.
  std::optional<uint64_t> seed = std::nullopt;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// In training sets each element to SELU's lowest value with probability `rate`, then scales and shifts all such that
/// mean 0 and variance 1 stay what they are (Klambauer et al., 2017); else returns its input.
class XTAPE_API AlphaDropout : public Layer {
 public:
  /// @throws ValueError unless 0 <= rate < 1 (Keras takes 1, and divides by 0 in training); else as Dropout.
  explicit AlphaDropout(double rate, AlphaDropoutOptions options = {});  // refused? see AlphaDropoutOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static AlphaDropout from_config(const Config& config);
};

}  // namespace xtape::layers
