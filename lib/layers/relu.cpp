#include "layers/relu.hpp"

#include <xtape/detail/numbers.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {

ReLUImpl::ReLUImpl(ReLUOptions given) : LayerImpl(layer_options(given)), given_(std::move(given)) {
  converts_integers();
  using detail::Range;
  detail::check_number("ReLU", "max_value", given_.max_value.value_or(0), Range::not_negative);
  detail::check_number("ReLU", "negative_slope", given_.negative_slope, Range::finite_and_not_negative);
  detail::check_number("ReLU", "threshold", given_.threshold, Range::finite_and_not_negative);
}

Tensor ReLUImpl::call(const Tensor& x) {
  const double threshold = given_.threshold, negative_slope = given_.negative_slope;
  if (threshold == 0 && !given_.max_value) return negative_slope == 0 ? relu(x) : leaky_relu(x, negative_slope);
  Tensor result = where(x <= threshold, 0, x);  // NaN stays NaN
  if (given_.max_value) result = clip(result, 0, *given_.max_value);
  if (negative_slope != 0) result = result - negative_slope * relu(threshold - x);
  return result;
}

void ReLUOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("max_value", max_value)("negative_slope", negative_slope)("threshold", threshold);
}

ReLU::ReLU(ReLUOptions options) : Layer(make_layer<ReLUImpl>(std::move(options))) {}

ReLU ReLU::from_config(const Config& config) { return ReLU(read_fields<ReLUOptions>(config, "ReLU")); }

}  // namespace xtape::layers
