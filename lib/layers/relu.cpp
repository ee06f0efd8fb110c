#include <limits>
#include <xtape/detail/numbers.hpp>
#include <xtape/layers/relu.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>

namespace xtape::layers {

ReLU::ReLU(ReLUOptions options)
    : Layer({.name = options.name, .input_shape = options.input_shape}), options_(std::move(options)) {
  using detail::Range;
  detail::check_number("ReLU", "max_value", options_.max_value.value_or(0), Range::not_negative);
  detail::check_number("ReLU", "negative_slope", options_.negative_slope, Range::finite_and_not_negative);
  detail::check_number("ReLU", "threshold", options_.threshold, Range::finite_and_not_negative);
}

Tensor ReLU::call(const Tensor& x, bool) {
  const auto& [max_value, negative_slope, threshold, input_shape, name] = options_;
  if (threshold == 0 && !max_value) return negative_slope == 0 ? relu(x) : leaky_relu(x, negative_slope);
  Tensor result = where(x <= threshold, 0, x);  // NaN stays NaN
  if (max_value) result = clip(result, 0, *max_value);
  if (negative_slope != 0) result = result - negative_slope * relu(threshold - x);
  return result;
}

Shape ReLU::compute_output_shape(const Shape& input_shape) { return input_shape; }

}  // namespace xtape::layers
