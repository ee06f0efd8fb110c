#pragma once

#include <cstdint>
#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct SpectralNormalizationOptions {
  /// How many steps of power iteration each call in training does.
  int64_t power_iterations = 1;
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Calls a layer, after dividing its weight by its largest singular value, as power iteration knows it, if the call is
/// one of training (Miyato et al., 2018): `kernel`, or `embeddings`, as a matrix with its last length as columns. As in
/// Keras the weight itself changes, outside of the graph; one that is 0 stays. Weights: that one; vector_u, of the
/// shape [1, columns], which the next iteration begins with; the layer's others.
class XTAPE_API SpectralNormalization : public Layer {
 public:
  /// @throws ValueError if power_iterations < 1; in the first call if the layer has neither of these weights.
  explicit SpectralNormalization(const Layer& layer, SpectralNormalizationOptions options = {});  // see its options
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static SpectralNormalization from_config(const Config& config);
};

}  // namespace xtape::layers
