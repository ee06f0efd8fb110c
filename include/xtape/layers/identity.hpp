#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct IdentityOptions {
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Returns its input, mask and all: what stands where a layer may be left out.
class XTAPE_API Identity : public Layer {
 public:
  explicit Identity(IdentityOptions options = {});  // refused? see IdentityOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Identity from_config(const Config& config);
};

}  // namespace xtape::layers
