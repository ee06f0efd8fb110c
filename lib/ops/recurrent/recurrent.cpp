#include "ops/recurrent/recurrent.hpp"

#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

#include "core/checks.hpp"

namespace xtape::ops {

RecurrentSizes checked_sizes(const char* operation, const std::vector<Tensor>& inputs, int64_t gates, Shape bias_shape,
                             std::initializer_list<const char*> states) {
  const Tensor &x = inputs[0], &recurrent_kernel = inputs[2];
  for (int i = 0; i < 3; ++i) core::check_floating(operation, inputs[i]);
  const std::string expected = std::string(operation) + ": expected ";
  const auto expect = [&](const char* what, const Tensor& tensor, const Shape& shape) {
    if (!tensor.defined()) return;
    if (tensor.shape() != shape) {
      throw ShapeError(expected + what + " of shape " + shape.str() + ", got " + tensor.shape().str());
    }
    if (tensor.dtype() != x.dtype()) {
      throw DTypeError(expected + what + " to be " + name(x.dtype()) + " as x, got " + name(tensor.dtype()));
    }
  };
  if (x.rank() != 3) throw ShapeError(expected + "x [batch, time, in], got " + x.shape().str());
  if (recurrent_kernel.rank() != 2) {
    throw ShapeError(expected + "recurrent_kernel [units, " + std::to_string(gates) + " units], got " +
                     recurrent_kernel.shape().str());
  }
  const int64_t batch = x.shape()[0], units = recurrent_kernel.shape()[0];
  expect("kernel", inputs[1], {x.shape()[2], gates * units});
  expect("recurrent_kernel", recurrent_kernel, {units, gates * units});
  bias_shape.push_back(gates * units);
  expect("bias", inputs[3], bias_shape);
  for (std::size_t i = 0; i < states.size(); ++i) expect(states.begin()[i], inputs[4 + i], {batch, units});
  return {batch, x.shape()[1], units};
}

Tensor state_or_zeros(const Tensor& state, const RecurrentSizes& sizes, const Tensor& x) {
  return state.defined() ? state : zeros({sizes.batch, sizes.units}, x.dtype());
}

Tensor previous_hidden(const Tensor& outputs, const Tensor& initial_hidden) {
  const Shape& shape = outputs.shape();
  const Tensor previous = zeros(shape, outputs.dtype());
  if (shape[1] > 1) previous.slice(1, {1, std::nullopt}).assign(outputs.slice(1, {0, -1}));
  if (initial_hidden.defined()) previous.select(1, 0).assign(initial_hidden);
  return previous.reshape({shape[0] * shape[1], shape[2]});
}

}  // namespace xtape::ops
