#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct UnitNormalizationOptions {
  /// The axis or axes along which elements make up a vector.
  Axes axis = -1;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// x / max(|x|, 1e-12), with the Euclidean norm of x along some axes. The shape stays.
class XTAPE_API UnitNormalization : public Layer {
 public:
  /// In a call @throws IndexError for an axis out of range, ValueError for one given twice.
  explicit UnitNormalization(UnitNormalizationOptions options = {});  // refused? see UnitNormalizationOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static UnitNormalization from_config(const Config& config);
};

}  // namespace xtape::layers
