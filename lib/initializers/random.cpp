#include <xtape/initializers/random.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::initializers {

Tensor RandomNormal::operator()(const Shape& shape, DType dtype) const {
  return draw_with_seed(options_.seed, [&] { return randn(shape, dtype) * options_.stddev + options_.mean; });
}

Tensor TruncatedNormal::operator()(const Shape& shape, DType dtype) const {
  return draw_with_seed(options_.seed, [&] {
    Tensor values = randn(shape, dtype);
    // One value in 22 lies outside, so a dozen rounds make even large tensors complete.
    for (Tensor outside = abs(values) > 2; any(outside).item<bool>(); outside = abs(values) > 2) {
      values = where(outside, randn(shape, dtype), values);
    }
    return values * options_.stddev + options_.mean;
  });
}

Tensor RandomUniform::operator()(const Shape& shape, DType dtype) const {
  const double range = options_.maxval - options_.minval;
  return draw_with_seed(options_.seed, [&] { return rand(shape, dtype) * range + options_.minval; });
}

}  // namespace xtape::initializers
