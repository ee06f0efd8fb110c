#include <algorithm>
#include <cmath>
#include <utility>
#include <xtape/detail/names.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/initializers/random.hpp>
#include <xtape/initializers/variance_scaling.hpp>

namespace xtape::initializers {
namespace {

struct Fans {
  double in, out;
};

Fans fans_of(const Shape& shape) {
  if (shape.rank() == 0) return {1, 1};
  if (shape.rank() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double receptive_field = 1;
  for (int axis = 0; axis < shape.rank() - 2; ++axis) receptive_field *= static_cast<double>(shape[axis]);
  return {receptive_field * static_cast<double>(shape[shape.rank() - 2]),
          receptive_field * static_cast<double>(shape[shape.rank() - 1])};
}

// The standard deviation of a normal distribution of deviation 1 cut at -2 and 2.
constexpr double truncated_stddev = 0.87962566103423978;

}  // namespace

VarianceScaling::VarianceScaling(VarianceScalingOptions options) : options_(std::move(options)) {
  detail::check_number("VarianceScaling", "scale", options_.scale, detail::Range::finite_and_positive);
  if (options_.mode != "fan_in" && options_.mode != "fan_out" && options_.mode != "fan_avg") {
    detail::throw_unknown_name("mode of VarianceScaling", options_.mode, {"fan_in", "fan_out", "fan_avg"});
  }
  if (options_.distribution != "truncated_normal" && options_.distribution != "untruncated_normal" &&
      options_.distribution != "uniform") {
    detail::throw_unknown_name("distribution of VarianceScaling", options_.distribution,
                               {"truncated_normal", "untruncated_normal", "uniform"});
  }
}

Tensor VarianceScaling::operator()(const Shape& shape, DType dtype) const {
  const Fans fans = fans_of(shape);
  const double count = options_.mode == "fan_in"    ? fans.in
                       : options_.mode == "fan_out" ? fans.out
                                                    : (fans.in + fans.out) / 2;
  const double variance = options_.scale / std::max(1.0, count);
  if (options_.distribution == "uniform") {
    const double limit = std::sqrt(3 * variance);
    return RandomUniform({.minval = -limit, .maxval = limit, .seed = options_.seed})(shape, dtype);
  }
  if (options_.distribution == "untruncated_normal") {
    return RandomNormal({.stddev = std::sqrt(variance), .seed = options_.seed})(shape, dtype);
  }
  return TruncatedNormal({.stddev = std::sqrt(variance) / truncated_stddev, .seed = options_.seed})(shape, dtype);
}

}  // namespace xtape::initializers
