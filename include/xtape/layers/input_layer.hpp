#pragma once

#include <optional>
#include <string>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/symbol.hpp>

namespace xtape::layers {

struct InputLayerOptions {
  /// What files say of the length of a batch, which stateful layers in Keras need to know; others are taken as well.
  std::optional<int64_t> batch_size = {};
  DType dtype = float32;
  std::string name = {};
};

/// Tells a Sequential model the shape of one sample, when it comes first; returns its input.
class XTAPE_API InputLayer : public Layer {
 public:
  /// `shape` is without the batch; -1 stands for an unknown length. `dtype` may be any type: indices are integers.
  /// @throws ValueError for other lengths below 1, in the batch too.
  explicit InputLayer(const Shape& shape, InputLayerOptions options = {});  // refused? see InputLayerOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static InputLayer from_config(const Config& config);
  /// Whether a layer is an InputLayer.
  static bool is(const LayerImpl& layer);
  /// The option of an InputLayer.
  static std::optional<int64_t> batch_size(const LayerImpl& layer);
};

/// An input of a functional model: `const Symbol x = Input({784}, {.name = "pixels"});`. @throws as InputLayer.
XTAPE_API Symbol Input(const Shape& shape, InputLayerOptions options = {});

}  // namespace xtape::layers

namespace xtape {
using layers::Input;
}
