#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "kernels/linalg/gemm.hpp"
#include "ops/linalg/bias_activation.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Inputs;
using autograd::Saved;

namespace {

void check_dense(const Tensor& x, const Tensor& kernel, const Tensor& bias) {
  ops::check_types("dense", x, kernel, bias);
  if (x.rank() < 1 || kernel.rank() != 2 || x.shape().back() != kernel.shape()[0]) {
    throw ShapeError("dense: expected x [..., in] and kernel [in, out]: x " + x.shape().str() + ", kernel " +
                     kernel.shape().str());
  }
  ops::check_bias("dense", bias, kernel.shape()[1]);
}

}  // namespace

Tensor dense(const Tensor& argument, const Tensor& kernel, const Tensor& bias, const std::string& activation_name) {
  check_dense(argument, kernel, bias);
  const kernels::Activation activation = ops::activation_named("dense", activation_name);
  if (argument.rank() != 2) {
    Shape shape = argument.shape();
    shape.back() = kernel.shape()[1];
    const int64_t rows = Shape(shape.begin(), shape.end() - 1).numel();
    return dense(argument.reshape({rows, kernel.shape()[0]}), kernel, bias, activation_name).reshape(shape);
  }

  const Tensor x = ops::contiguous("dense", argument);
  const Tensor w = ops::contiguous("dense", kernel);
  const int64_t rows = x.shape()[0];
  const int64_t inputs = w.shape()[0];
  const int64_t units = w.shape()[1];
  Tensor y = core::make_tensor({rows, units}, x.dtype(), "dense");
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::gemm<T>(T(1), {core::elements<const T>(x), rows, inputs, inputs},
                     {core::elements<const T>(w), inputs, units, units}, T(0),
                     {core::elements<T>(y), rows, units, units});
  });
  ops::apply_bias_activation("dense", y, bias, activation);

  if (autograd::needs_grad(x, w) || (bias.defined() && autograd::needs_grad(bias))) {
    autograd::record("dense", y, Inputs{x, w, bias},
                     [x = w.requires_grad() ? Saved(x) : Saved(), w = x.requires_grad() ? Saved(w) : Saved(),
                      y = activation == kernels::Activation::linear ? Saved() : Saved::output(y),
                      activation](const Tensor& g, Gradients& gradients) {
                       const auto [inner, bias_gradient] = ops::bias_activation_vjp(
                           "dense", g, y.defined() ? y.get() : Tensor(), activation, gradients.needed(2));
                       if (gradients.needed(0)) gradients.set(0, matmul(inner, transpose(w.get())));
                       if (gradients.needed(1)) gradients.set(1, matmul(transpose(x.get()), inner));
                       if (gradients.needed(2)) gradients.set(2, bias_gradient);
                     });
  }
  return y;
}

}  // namespace xtape
