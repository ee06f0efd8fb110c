#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/layers/leaky_relu.hpp>
#include <xtape/ops/activations.hpp>

namespace xtape::layers {

LeakyReLU::LeakyReLU(LeakyReLUOptions options)
    : Layer({.name = options.name, .input_shape = options.input_shape}), negative_slope_(options.negative_slope) {
  detail::check_number("LeakyReLU", "negative_slope", negative_slope_, detail::Range::finite);
}

Tensor LeakyReLU::call(const Tensor& x, bool) { return leaky_relu(x, negative_slope_); }

Shape LeakyReLU::compute_output_shape(const Shape& input_shape) { return input_shape; }

}  // namespace xtape::layers
