#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct GlobalAveragePooling2DOptions {
  /// Keep height and width as lengths of 1.
  bool keepdims = false;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// The mean over height and width: [batch, height, width, channels] -> [batch, channels].
class XTAPE_API GlobalAveragePooling2D : public Layer {
 public:
  /// @throws ShapeError, in a call, unless inputs have four dimensions.
  explicit GlobalAveragePooling2D(GlobalAveragePooling2DOptions options = {});  // refused? see its options
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static GlobalAveragePooling2D from_config(const Config& config);
};

}  // namespace xtape::layers
