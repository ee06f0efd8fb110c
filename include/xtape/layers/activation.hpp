#pragma once

#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct ActivationOptions {
  Shape input_shape = {};
  std::string name = {};
};

/// Applies an activation function, given by name or as a function. The shape stays.
/// @throws ValueError, as the first input comes, for the softmax of [batch, 1], which is a constant.
class XTAPE_API Activation : public Layer {
 public:
  explicit Activation(activations::Activation activation, ActivationOptions options = {});
  void build(const Shape& input_shape) override;
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;
  const activations::Activation& activation() const { return activation_; }

 private:
  activations::Activation activation_;
};

}  // namespace xtape::layers
