#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/recurrent.hpp>

#include <string>

#include "core/checks.hpp"

namespace xtape {
namespace {

void check_lstm(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                const Tensor& hidden, const Tensor& cell) {
  for (const Tensor* tensor : {&x, &kernel, &recurrent_kernel}) core::check_floating("lstm", *tensor);
  const auto expect = [&](const char* what, const Tensor& tensor, const Shape& shape) {
    if (!tensor.defined()) return;
    if (tensor.shape() != shape) {
      throw ShapeError(std::string("lstm: expected ") + what + " of shape " + shape.str() + ", got " + tensor.shape().str());
    }
    if (tensor.dtype() != x.dtype()) {
      throw DTypeError(std::string("lstm: expected ") + what + " to be " + name(x.dtype()) + " as x, got " +
                       name(tensor.dtype()));
    }
  };
  if (x.rank() != 3) throw ShapeError("lstm: expected x [batch, time, in], got " + x.shape().str());
  if (recurrent_kernel.rank() != 2) {
    throw ShapeError("lstm: expected recurrent_kernel [units, 4 units], got " + recurrent_kernel.shape().str());
  }
  const int64_t units = recurrent_kernel.shape()[0];
  expect("kernel", kernel, {x.shape()[2], 4 * units});
  expect("recurrent_kernel", recurrent_kernel, {units, 4 * units});
  expect("bias", bias, {4 * units});
  expect("initial_hidden", hidden, {x.shape()[0], units});
  expect("initial_cell", cell, {x.shape()[0], units});
}

}  // namespace

LstmResult lstm(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                const Tensor& initial_hidden, const Tensor& initial_cell) {
  check_lstm(x, kernel, recurrent_kernel, bias, initial_hidden, initial_cell);
  const int64_t units = recurrent_kernel.shape()[0];
  const Shape state{x.shape()[0], units};
  Tensor hidden = initial_hidden.defined() ? initial_hidden : zeros(state, x.dtype());
  Tensor cell = initial_cell.defined() ? initial_cell : zeros(state, x.dtype());
  // The inputs of all steps in one product.
  const Tensor projected = dense(x, kernel, bias);
  std::vector<Tensor> outputs;
  for (int64_t step = 0; step < x.shape()[1]; ++step) {
    const Tensor gates = projected.select(1, step) + matmul(hidden, recurrent_kernel);
    const std::vector<Tensor> parts = split(gates, 4, 1);
    cell = sigmoid(parts[1]) * cell + sigmoid(parts[0]) * tanh(parts[2]);
    hidden = sigmoid(parts[3]) * tanh(cell);
    outputs.push_back(hidden);
  }
  const Tensor all = outputs.empty() ? zeros({x.shape()[0], 0, units}, x.dtype()) : stack(outputs, 1);
  return {all, hidden, cell};
}

}  // namespace xtape
