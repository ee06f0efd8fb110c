#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
#include <xtape/activations/activation.hpp>
#include <xtape/error.hpp>

#include "layers/single_unit.hpp"
#include "layers/spatial_layer.hpp"
#include "layers/spatial_ops.hpp"

namespace xtape::layers {

// What all convolution layers have: a kernel_size, and strides, padding, dilation_rate, activation and a bias among
// the options.
template <std::size_t axes, class Given>
class ConvLayer : public SpatialLayer<axes, Given> {
 protected:
  // @throws ValueError for numbers below 1 or an unknown padding.
  explicit ConvLayer(Given given, bool may_be_causal = false) : SpatialLayer<axes, Given>(std::move(given)) {
    const std::string name = Given::class_name();
    detail::check_positive(name, "kernel_size", this->given_.kernel_size);
    detail::check_positive(name, "strides", options().strides);
    detail::check_positive(name, "dilation_rate", options().dilation_rate);
    detail::padding_named(name, options().padding, may_be_causal);
  }

  void check_before_build(const std::vector<Shape>& input_shapes) override {
    SpatialLayer<axes, Given>::check_before_build(input_shapes);
    const Shape& shape = input_shapes.front();
    if (shape.back() < 1) throw ShapeError("the number of channels must be known, got " + shape.str());
  }

  const decltype(Given::options)& options() const { return this->given_.options; }

  // Of a kernel whose last two lengths are these.
  Shape kernel_shape(int64_t last_but_one, int64_t last) const {
    Shape shape(this->given_.kernel_size.begin(), this->given_.kernel_size.end());
    shape.push_back(last_but_one);
    shape.push_back(last);
    return shape;
  }

  void add_bias(int64_t channels) {
    if (!options().use_bias) return;
    bias_ = this->add_weight("bias", {channels}, options().bias_initializer,
                             {.regularizer = options().bias_regularizer, .constraint = options().bias_constraint});
  }

  // What `convolve` computes of x and the name of an activation, with that of the layer behind it.
  template <class Convolve>
  Tensor activated(const Tensor& x, const Convolve& convolve) const {
    const activations::Activation& activation = options().activation;
    const Tensor input = x.astype(this->dtype());
    return activation.is_fused() ? convolve(input, activation.name()) : activation(convolve(input, "linear"));
  }

  // Undefined without use_bias.
  Tensor bias_;
};

}  // namespace xtape::layers
