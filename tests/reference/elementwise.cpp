#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {
namespace {

using UnaryOp = Tensor (*)(const Tensor&);
using BinaryOp = Tensor (*)(const Tensor&, const Tensor&);
using NumberRight = Tensor (*)(const Tensor&, Scalar);
using NumberLeft = Tensor (*)(Scalar, const Tensor&);

Call unary(UnaryOp op) {
  return [op](const Tensors& x, const Config&) -> Tensors { return {op(x[0])}; };
}

// Of two tensors, or of one and the argument "number" on the argument "side" of it.
Call binary(BinaryOp op, NumberRight right = nullptr, NumberLeft left = nullptr) {
  return [=](const Tensors& x, const Config& arguments) -> Tensors {
    if (x.size() == 2) return {op(x[0], x[1])};
    const Scalar number = arguments.number("number", 0);
    return {arguments.text("side", "") == "left" ? left(number, x[0]) : right(x[0], number)};
  };
}

Tensors choose(const Tensors& x, const Config& arguments) {
  if (x.size() == 3) return {where(x[0], x[1], x[2])};
  const Scalar number = arguments.number("number", 0);
  return {arguments.text("side", "") == "left" ? where(x[0], number, x[1]) : where(x[0], x[1], number)};
}

Tensors own_function(const Tensors& x, const Config& arguments) {
  static const auto swish = elementwise("swish", [](auto v) { return v * sigmoid(v); });
  static const auto hypot = elementwise("hypot", [](auto v, auto w) { return sqrt(v * v + w * w); });
  return {arguments.text("function", "") == "swish" ? swish(x[0]) : hypot(x[0], x[1])};
}

}  // namespace

Calls elementwise_calls() {
  return {
      {"abs", unary(abs)},
      {"sign", unary(sign)},
      {"negative", unary(negative)},
      {"exp", unary(exp)},
      {"expm1", unary(expm1)},
      {"log", unary(log)},
      {"log1p", unary(log1p)},
      {"sqrt", unary(sqrt)},
      {"rsqrt", unary(rsqrt)},
      {"square", unary(square)},
      {"reciprocal", unary(reciprocal)},
      {"sin", unary(sin)},
      {"cos", unary(cos)},
      {"tanh", unary(tanh)},
      {"erf", unary(erf)},
      {"floor", unary(floor)},
      {"ceil", unary(ceil)},
      {"round", unary(round)},
      {"sigmoid", unary(sigmoid)},
      {"hard_sigmoid", unary(hard_sigmoid)},
      {"log_sigmoid", unary(log_sigmoid)},
      {"sparse_sigmoid", unary(sparse_sigmoid)},
      {"hard_tanh", unary(hard_tanh)},
      {"tanh_shrink", unary(tanh_shrink)},
      {"hard_silu", unary(hard_silu)},
      {"sparse_plus", unary(sparse_plus)},
      {"selu", unary(selu)},
      {"relu", unary(relu)},
      {"relu6", unary(relu6)},
      {"softplus", unary(softplus)},
      {"softsign", unary(softsign)},
      {"silu", unary(silu)},
      {"mish", unary(mish)},
      {"leaky_relu",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {leaky_relu(x[0], arguments.number("negative_slope", 0.2))};
       }},
      {"elu",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {elu(x[0], arguments.number("alpha", 1))}; }},
      {"celu",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {celu(x[0], arguments.number("alpha", 1))}; }},
      {"squareplus",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {squareplus(x[0], arguments.number("b", 4))};
       }},
      {"hard_shrink",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {hard_shrink(x[0], arguments.number("threshold", 0.5))};
       }},
      {"soft_shrink",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {soft_shrink(x[0], arguments.number("threshold", 0.5))};
       }},
      {"threshold",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {threshold(x[0], arguments.number("threshold", 0), arguments.number("default_value", 0))};
       }},
      {"glu", [](const Tensors& x, const Config& arguments) -> Tensors { return {glu(x[0], axis_of(arguments, -1))}; }},
      {"gelu",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {gelu(x[0], arguments.flag("approximate", false))};
       }},
      {"clip",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {clip(x[0], arguments.number("low", 0), arguments.number("high", 0))};
       }},
      {"add", binary(add, add)},
      {"subtract", binary(subtract, subtract, subtract)},
      {"multiply", binary(multiply, multiply)},
      {"divide", binary(divide, divide, divide)},
      {"power", binary(power, power, power)},
      {"minimum", binary(minimum, minimum)},
      {"maximum", binary(maximum, maximum)},
      {"equal", binary(equal)},
      {"not_equal", binary(not_equal)},
      {"less", binary(less)},
      {"less_equal", binary(less_equal)},
      {"greater", binary(greater)},
      {"greater_equal", binary(greater_equal)},
      {"logical_and", binary(logical_and)},
      {"logical_or", binary(logical_or)},
      {"logical_not", unary(logical_not)},
      {"isnan", unary(isnan)},
      {"isfinite", unary(isfinite)},
      {"where", choose},
      {"elementwise", own_function},
  };
}

}  // namespace xtape::test
