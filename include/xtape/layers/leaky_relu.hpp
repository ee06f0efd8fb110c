#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct LeakyReLUOptions {
  double negative_slope = 0.3;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// x where positive, else `negative_slope * x`.
class XTAPE_API LeakyReLU : public Layer {
 public:
  /// @throws ValueError for a slope that is not finite.
  explicit LeakyReLU(LeakyReLUOptions options = {});  // refused? see LeakyReLUOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static LeakyReLU from_config(const Config& config);
};

}  // namespace xtape::layers
