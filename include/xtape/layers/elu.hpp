#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct ELUOptions {
  double alpha = 1;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// x where positive, else `alpha * (exp(x) - 1)` (Clevert et al., 2015). The shape stays.
class XTAPE_API ELU : public Layer {
 public:
  /// @throws ValueError for an alpha that is not finite.
  explicit ELU(ELUOptions options = {});  // refused? see ELUOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static ELU from_config(const Config& config);
};

}  // namespace xtape::layers
