#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/ops/linalg.hpp>

#include "layers/single_unit.hpp"

namespace xtape::layers {

Dense::Dense(Count units, DenseOptions options)
    : Layer({options.name, options.trainable, options.dtype, options.input_shape}),
      units_(units),
      options_(std::move(options)) {
  detail::check_at_least(1, "Dense", "units", units);
  check_units("Dense", "units", units, options_.activation);
}

void Dense::build(const Shape& input_shape) {
  if (input_shape.rank() < 2 || input_shape.back() == 0) {
    throw ShapeError("expected inputs [batch, ..., features], given " + input_shape.str());
  }
  if (input_shape.back() == -1) {
    throw ShapeError("the last length of the inputs must be known, given " + input_shape.str());
  }
  kernel_ = add_weight("kernel", {input_shape.back(), units_}, options_.kernel_initializer,
                       {.regularizer = options_.kernel_regularizer});
  if (options_.use_bias) {
    bias_ = add_weight("bias", {units_}, options_.bias_initializer, {.regularizer = options_.bias_regularizer});
  }
}

Tensor Dense::call(const Tensor& x, bool) {
  const Tensor input = x.astype(dtype());
  if (options_.activation.is_fused()) return dense(input, kernel_, bias_, options_.activation.name());
  return options_.activation(dense(input, kernel_, bias_));
}

Shape Dense::compute_output_shape(const Shape& input_shape) {
  Shape shape = input_shape;
  shape.back() = units_;
  return shape;
}

}  // namespace xtape::layers
