#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <xtape/detail/elementwise_kernel.hpp>
#include <xtape/dual.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/tensor.hpp>

namespace xtape {

/// A differentiable operation made of a function of numbers; see elementwise().
template <class Function>
class ElementwiseFunction {
 public:
  ElementwiseFunction(std::string name, Function function) : name_(std::move(name)), function_(std::move(function)) {}

  /// The function of each element, of the shape that the inputs broadcast to. @throws DTypeError unless all inputs are
  /// float32 or all are float64; ShapeError if they do not broadcast.
  template <std::same_as<Tensor>... Tensors>
  Tensor operator()(const Tensor& first, const Tensors&... others) const {
    using Kernel = detail::ElementwiseKernelOf<Function, std::index_sequence_for<Tensor, Tensors...>>;
    return detail::apply_elementwise(name_, std::make_shared<const Kernel>(function_), {first, others...});
  }

 private:
  std::string name_;
  Function function_;
};

/// Makes a differentiable operation of a function of one or more numbers. It runs in one pass over the elements, and
/// so does its derivative, which the compiler works out by dual numbers:
///
///     const auto swish = xtape::elementwise("swish", [](auto x) { return x * sigmoid(x); });
///     const auto hypot = xtape::elementwise("hypot", [](auto x, auto y) { return sqrt(x * x + y * y); });
///     Tensor y = swish(x);
///
/// `function` is called with Dual<float> or Dual<double>, by several threads at once, and with Tensors where the
/// derivative is itself to be differentiated. So it takes `auto`, is written with operators and xtape's elementwise
/// functions, without a namespace, and says where(x > 0, a, b) for a branch. It must not throw, and what it captures
/// must be numbers. `name` appears in error messages. The loops are compiled in your program, with its options:
/// -O3 -march=native -fno-math-errno vectorize them best.
template <class Function>
ElementwiseFunction<Function> elementwise(std::string name, Function function) {
  return {std::move(name), std::move(function)};
}

}  // namespace xtape
