#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct FlattenOptions {
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// All axes but the batch merged into one: [batch, ...] -> [batch, n]; [batch] -> [batch, 1].
class XTAPE_API Flatten : public Layer {
 public:
  explicit Flatten(FlattenOptions options = {});  // refused? see FlattenOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Flatten from_config(const Config& config);
};

}  // namespace xtape::layers
