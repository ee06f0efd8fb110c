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
class XTAPE_API Activation : public Layer {
 public:
  explicit Activation(activations::Activation activation, ActivationOptions options = {});
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;
  const activations::Activation& activation() const { return activation_; }

 private:
  activations::Activation activation_;
};

}  // namespace xtape::layers
