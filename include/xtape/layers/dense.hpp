#pragma once

#include <cstdint>
#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct DenseOptions {
  activations::Activation activation = {};
  bool use_bias = true;
  NameOr<initializers::Initializer> kernel_initializer = "glorot_uniform";
  NameOr<initializers::Initializer> bias_initializer = "zeros";
  NameOr<regularizers::Regularizer> kernel_regularizer = {};
  NameOr<regularizers::Regularizer> bias_regularizer = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;
};

/// activation(x @ kernel + bias): inputs [batch, ..., in], outputs [batch, ..., units].
/// Weights: kernel [in, units], bias [units].
class XTAPE_API Dense : public Layer {
 public:
  /// @throws ValueError if units < 1, or for the softmax of a single unit, which is a constant.
  explicit Dense(Count units, DenseOptions options = {});
  void build(const Shape& input_shape) override;
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;

 private:
  int64_t units_;
  DenseOptions options_;
  Tensor kernel_;
  Tensor bias_;
};

}  // namespace xtape::layers
