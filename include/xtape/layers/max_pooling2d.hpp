#pragma once

#include <xtape/layers/layer.hpp>
#include <xtape/layers/pooling2d_options.hpp>

namespace xtape::layers {

/// The largest element of each window. Inputs and outputs are [batch, height, width, channels].
class XTAPE_API MaxPooling2D : public Layer {
 public:
  /// @throws ValueError for numbers below 1 or an unknown padding; in a call ShapeError unless inputs have four
  /// dimensions and hold a window.
  explicit MaxPooling2D(Size2d pool_size = 2, Pooling2DOptions options = {});  // refused? see Pooling2DOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static MaxPooling2D from_config(const Config& config);
};

}  // namespace xtape::layers
