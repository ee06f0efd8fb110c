#pragma once

#include <xtape/layers/activation.hpp>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

struct ActivationFields {
  activations::Activation activation = {};
  ActivationOptions options = {};

  void fields(Fields& f) {
    f("activation", activation);
    options.fields(f);
  }
};

class ActivationImpl : public LayerImpl {
 public:
  explicit ActivationImpl(ActivationFields given);

  void fields(Fields& f) override { given_.fields(f); }
  void build(const Shape& input_shape) override;
  Tensor call(const Tensor& x) { return given_.activation(x); }
  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override {
    return given_.activation.compute_output_shape(input_shape);
  }
  const activations::Activation& activation() const { return given_.activation; }

 private:
  ActivationFields given_;
};

}  // namespace xtape::layers
