#include <xtape/detail/numbers.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/dropout.hpp>

namespace xtape::layers {

Dropout::Dropout(double rate, DropoutOptions options)
    : Layer({.name = options.name, .input_shape = options.input_shape}), rate_(rate) {
  detail::check_number("Dropout", "rate", rate, detail::Range::from_0_to_1);
}

Tensor Dropout::call(const Tensor& x, bool training) {
  if (!training || rate_ == 0) return x;
  return rate_ == 1 ? x * 0 : dropout(x, rate_);
}

Shape Dropout::compute_output_shape(const Shape& input_shape) { return input_shape; }

}  // namespace xtape::layers
