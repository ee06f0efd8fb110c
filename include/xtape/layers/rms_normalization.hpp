#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct RMSNormalizationOptions {
  /// The axis or axes that are normalized together, within each sample.
  Axes axis = -1;
  double epsilon = 1e-6;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// x / sqrt(mean(x^2) + epsilon) * scale over some axes of each sample (Zhang and Sennrich, 2019). The shape stays; a
/// mask is not passed on, as in Keras. Weight: scale, of the lengths of these axes, in ascending order.
class XTAPE_API RMSNormalization : public Layer {
 public:
  /// @throws as LayerNormalization.
  explicit RMSNormalization(RMSNormalizationOptions options = {});  // refused? see RMSNormalizationOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static RMSNormalization from_config(const Config& config);
};

}  // namespace xtape::layers
