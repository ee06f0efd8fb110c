#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct ReshapeOptions {
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// The same elements of each sample in another shape; one length of it may be -1.
class XTAPE_API Reshape : public Layer {
 public:
  /// `target_shape` is that of one sample, without the batch. @throws ValueError for lengths below -1 or more
  /// than one -1; in a call ShapeError if the number of elements differs.
  explicit Reshape(Shape target_shape, ReshapeOptions options = {});  // refused? see ReshapeOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Reshape from_config(const Config& config);
};

}  // namespace xtape::layers
