#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct RepeatVectorOptions {
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Inputs [batch, features], each `n` times: [batch, n, features].
class XTAPE_API RepeatVector : public Layer {
 public:
  /// @throws ValueError for n below 1; in a call ShapeError unless inputs have two axes.
  explicit RepeatVector(Count n, RepeatVectorOptions options = {});  // refused? see RepeatVectorOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static RepeatVector from_config(const Config& config);
};

}  // namespace xtape::layers
