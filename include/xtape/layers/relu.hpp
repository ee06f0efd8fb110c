#pragma once

#include <optional>
#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct ReLUOptions {
  /// Upper limit of the output; none by default.
  std::optional<double> max_value = std::nullopt;
  double negative_slope = 0;
  double threshold = 0;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// x from `threshold` on (at most `max_value`), `negative_slope * (x - threshold)` below it.
class XTAPE_API ReLU : public Layer {
 public:
  /// @throws ValueError for an option that is negative or NaN, or an infinite slope or threshold.
  explicit ReLU(ReLUOptions options = {});  // refused? see ReLUOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static ReLU from_config(const Config& config);
};

}  // namespace xtape::layers
