#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct GaussianDropoutOptions {
  /// Has the layer draw from a stream of its own that begins with the seed. Default: from the global one.
  std::optional<uint64_t> seed = std::nullopt;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// In training multiplies by normal noise with mean 1 and variance rate / (1 - rate), those of Dropout (Srivastava et
/// al., 2014); else returns its input.
class XTAPE_API GaussianDropout : public Layer {
 public:
  /// @throws ValueError unless 0 <= rate < 1 (Keras takes 1, and divides by 0 in training); in training AutogradError
  /// if a layer with a seed is captured.
  explicit GaussianDropout(double rate, GaussianDropoutOptions options = {});  // refused? see GaussianDropoutOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static GaussianDropout from_config(const Config& config);
};

}  // namespace xtape::layers
