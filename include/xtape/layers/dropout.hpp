#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct DropoutOptions {
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// In training sets each element to 0 with probability `rate` and divides the others by 1 - rate; else
/// returns its input.
class XTAPE_API Dropout : public Layer {
 public:
  /// @throws ValueError unless 0 <= rate <= 1.
  explicit Dropout(double rate, DropoutOptions options = {});  // refused? see DropoutOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Dropout from_config(const Config& config);
};

}  // namespace xtape::layers
