#include <cmath>
#include <sstream>
#include <string>
#include <xtape/error.hpp>
#include <xtape/initializers/random.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::initializers {
namespace {

// A number as a message shows it.
std::string text(double number) {
  std::ostringstream stream;
  stream << number;
  return stream.str();
}

void check_normal(const char* initializer, const RandomNormalOptions& options) {
  if (std::isfinite(options.mean) && std::isfinite(options.stddev) && options.stddev >= 0) return;
  throw ValueError(std::string(initializer) + ": mean and stddev must be finite and stddev not negative, given " +
                   text(options.mean) + " and " + text(options.stddev));
}

}  // namespace

RandomNormal::RandomNormal(RandomNormalOptions options) : options_(options) { check_normal("RandomNormal", options_); }

TruncatedNormal::TruncatedNormal(RandomNormalOptions options) : options_(options) {
  check_normal("TruncatedNormal", options_);
}

RandomUniform::RandomUniform(RandomUniformOptions options) : options_(options) {
  if (options_.minval <= options_.maxval && std::isfinite(options_.maxval - options_.minval)) return;
  throw ValueError("RandomUniform: minval must not exceed maxval, and both must be finite, given " +
                   text(options_.minval) + " and " + text(options_.maxval));
}

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
