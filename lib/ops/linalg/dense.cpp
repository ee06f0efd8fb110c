#include "ops/linalg/dense.hpp"

#include <memory>
#include <string>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "kernels/linalg/gemm.hpp"
#include "ops/elementwise/binary.hpp"
#include "ops/linalg/bias_activation.hpp"
#include "ops/linalg/matmul.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/bilinear.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/dense.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Primals;
using autograd::Spec;
using kernels::Activation;

namespace {

void check_dense(const Tensor& x, const Tensor& kernel, const Tensor& bias) {
  ops::check_types("dense", x, kernel, bias);
  if (x.rank() < 1 || kernel.rank() != 2 || x.shape().back() != kernel.shape()[0]) {
    throw ShapeError("dense: expected x [..., in] and kernel [in, out]: x " + x.shape().str() + ", kernel " +
                     kernel.shape().str());
  }
  ops::check_bias("dense", bias, kernel.shape()[1]);
}

// activation(x kernel + bias), for x [rows, in]; the bias may be undefined.
struct Dense {
  static constexpr const char* name = "dense";
  Activation activation;

  void attributes(autograd::Attributes& to) const { to("activation", kernels::name_of(activation)); }
  // Rows of all examples are rows, as long as there is one kernel.
  Tensor batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& kernel,
               const ops::Mapped& bias) const {
    if (!kernel.mapped && !bias.mapped) {
      return ops::unfolded(autograd::apply(*this, ops::folded(x.value), kernel.value, bias.value), examples);
    }
    const Tensor product = ops::matmul_of_all(x, kernel);
    return ops::activate(bias.value.defined() ? product + ops::aligned(bias, 2) : product, activation);
  }
  Spec shape(const Tensor& x, const Tensor& kernel, const Tensor&) const {
    return {{x.shape()[0], kernel.shape()[1]}, x.dtype()};
  }
  void compute(const Tensor& input, const Tensor& weights, const Tensor& bias, const Tensor& y) const {
    const Tensor x = ops::dense(name, input), kernel = ops::dense(name, weights);
    const int64_t rows = x.shape()[0], inputs = kernel.shape()[0], units = kernel.shape()[1];
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::gemm<T>(T(1), {core::elements<const T>(x), rows, inputs, inputs},
                       {core::elements<const T>(kernel), inputs, units, units}, T(0),
                       {core::elements<T>(y), rows, units, units});
    });
    ops::apply_bias_activation(name, y, bias, activation);
  }
  std::optional<autograd::Instruction> followed_by(const autograd::Instruction& next, const Tensor& x,
                                                   const Tensor& kernel, const Tensor& bias) const {
    const std::optional<Activation> following = ops::activation_of(next);
    if (!following || activation != Activation::linear) return {};
    return instruction({*following}, {x, kernel, bias}, next.outputs);
  }
  static autograd::Instruction instruction(const Dense& op, std::vector<Tensor> inputs, std::vector<Tensor> outputs) {
    return {&autograd::op_table<Dense, 3>, std::make_shared<const Dense>(op), std::move(inputs), std::move(outputs)};
  }
  uint32_t keeps(uint32_t wanted) const {
    return ops::keeps_other(wanted) | (activation == Activation::linear ? 0 : 8);
  }
  void vjp(const Primals& primals, const Tensor& g, Gradients& gradients) const {
    const auto [inner, bias_gradient] =
        ops::bias_activation_vjp(name, g, primals.output(), activation, gradients.needed(2));
    if (gradients.needed(0)) gradients.set(0, matmul(inner, transpose(primals.input(1))));
    if (gradients.needed(1)) gradients.set(1, matmul(transpose(primals.input(0)), inner));
    if (gradients.needed(2)) gradients.set(2, bias_gradient);
  }
  Tensor jvp(const Primals& primals, const Tensor& dx, const Tensor& dkernel, const Tensor& dbias) const {
    Tensor inner = dbias.defined() ? broadcast_to(dbias, primals.output().shape()) : Tensor();
    const auto include = [&](const Tensor& part) { inner = inner.defined() ? inner + part : part; };
    if (dx.defined() && dkernel.defined()) {
      include(ops::sum_of_matmuls(dx, primals.input(1), primals.input(0), dkernel));
    } else if (dx.defined()) {
      include(matmul(dx, primals.input(1)));
    } else if (dkernel.defined()) {
      include(matmul(primals.input(0), dkernel));
    }
    return ops::activation_vjp(inner, primals.output(), activation);
  }
};

}  // namespace

std::optional<autograd::Instruction> ops::dense_instead(const Tensor& x, const Tensor& kernel,
                                                        const autograd::Instruction& next) {
  if (!is_sum(next)) return {};
  if (x.rank() != 2 || kernel.rank() != 2 || !is_dense(x) || !is_dense(kernel)) return {};
  const Shape product{x.shape()[0], kernel.shape()[1]}, channels{kernel.shape()[1]};
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    const Tensor& bias = next.inputs[1 - i];
    if (next.inputs[i].shape() != product || bias.shape() != channels || !is_dense(bias)) continue;
    return Dense::instruction({Activation::linear}, {x, kernel, bias}, next.outputs);
  }
  return {};
}

void ops::dense_into(const Tensor& x, const Tensor& kernel, const Tensor& bias, const Tensor& y) {
  Dense{Activation::linear}.compute(x, kernel, bias, y);
}

Tensor dense(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation_name) {
  check_dense(x, kernel, bias);
  const Activation activation = ops::activation_named("dense", activation_name);
  if (x.rank() == 2)
    return autograd::apply(Dense{activation}, ops::contiguous("dense", x), ops::contiguous("dense", kernel), bias);
  Shape shape = x.shape();
  shape.back() = kernel.shape()[1];
  const int64_t rows = Shape(shape.begin(), shape.end() - 1).numel();
  return dense(x.reshape({rows, kernel.shape()[0]}), kernel, bias, activation_name).reshape(shape);
}

void ops::describe_dense(autograd::Registry& to) { to.add<Dense, 3>(); }

}  // namespace xtape
