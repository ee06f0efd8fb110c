#pragma once

#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct ActivationOptions {
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Applies an activation function, given by name or as a function. The shape stays.
/// @throws ValueError, as the first input comes, for the softmax of [batch, 1], which is a constant.
class XTAPE_API Activation : public Layer {
 public:
  explicit Activation(activations::Activation activation, ActivationOptions options = {});  // refused? see its options
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Activation from_config(const Config& config);
};

}  // namespace xtape::layers
