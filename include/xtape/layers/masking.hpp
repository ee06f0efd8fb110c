#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct MaskingOptions {
  /// What all features of a step have that does not count.
  double mask_value = 0;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Gives inputs [batch, time, features] a mask (mask.hpp): steps whose features all are `mask_value` do not count. They
/// become 0.
class XTAPE_API Masking : public Layer {
 public:
  explicit Masking(MaskingOptions options = {});  // refused? see MaskingOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Masking from_config(const Config& config);
};

}  // namespace xtape::layers
