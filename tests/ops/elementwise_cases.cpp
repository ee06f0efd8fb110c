#include <algorithm>
#include <cmath>
#include <numbers>
#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

namespace xtape::test {
namespace {

OpCase row(const char* op, const UnaryOp& function, const std::function<double(double)>& reference,
           const Domain& domain = {}, Integers integers = Integers::converted) {
  OpCase result{op, unary_samples(function, reference, domain)};
  result.integers = integers;
  return result;
}

// Piecewise constant functions.
OpCase with_zero_gradient(OpCase result) {
  for (Sample& each : result.samples) each.zero_gradient = true;
  return result;
}

// Whole numbers stay so between whole bounds only (tests/core/numbers.cpp).
OpCase clip_row() {
  return row(
      "clip", [](const Tensor& x) { return clip(x, -1, 0.5); },
      [](double x) { return std::min(std::max(x, -1.0), 0.5); }, {-2, 2, {-1, 0.5}}, Integers::unsupported);
}

OpCase leaky_relu_row() {
  OpCase result = row(
      "leaky_relu", [](const Tensor& x) { return leaky_relu(x); }, [](double x) { return x > 0 ? x : 0.2 * x; },
      {-2, 2, {0}});
  for (Sample& each : unary_samples([](const Tensor& x) { return leaky_relu(x, 0.3); },
                                    [](double x) { return x > 0 ? x : 0.3 * x; }, {-2, 2, {0}})) {
    result.samples.push_back(each);
  }
  return result;
}

OpCase elu_row() {
  OpCase result = row(
      "elu", [](const Tensor& x) { return elu(x); }, [](double x) { return x > 0 ? x : std::expm1(x); }, {-2, 2, {0}});
  for (Sample& each : unary_samples([](const Tensor& x) { return elu(x, 0.7); },
                                    [](double x) { return x > 0 ? x : 0.7 * std::expm1(x); }, {-2, 2, {0}})) {
    result.samples.push_back(each);
  }
  return result;
}

double celu_of(double x, double alpha) { return x > 0 ? x : alpha * std::expm1(x / alpha); }

OpCase celu_row() {
  OpCase result = row(
      "celu", [](const Tensor& x) { return celu(x); }, [](double x) { return celu_of(x, 1); }, {-2, 2, {0}});
  for (Sample& each : unary_samples([](const Tensor& x) { return celu(x, 0.6); },
                                    [](double x) { return celu_of(x, 0.6); }, {-2, 2, {0}})) {
    result.samples.push_back(each);
  }
  return result;
}

double squareplus_of(double x, double b) { return (x + std::sqrt(x * x + b)) / 2; }

OpCase squareplus_row() {
  OpCase result = row(
      "squareplus", [](const Tensor& x) { return squareplus(x); }, [](double x) { return squareplus_of(x, 4); },
      {-6, 6});
  for (Sample& each : unary_samples([](const Tensor& x) { return squareplus(x, 0.5); },
                                    [](double x) { return squareplus_of(x, 0.5); }, {-6, 6})) {
    result.samples.push_back(each);
  }
  return result;
}

OpCase glu_row() {
  OpCase result{"glu", {}};
  const auto add = [&](const Shape& shape, int axis) {
    const auto reference = [axis](const Tensors& x) -> Tensors {
      const Tensors halves = split(x[0], 2, axis);
      return {map_elements(halves, [](const std::vector<double>& v) { return v[0] / (1 + std::exp(-v[1])); })};
    };
    result.samples.push_back({"axis " + std::to_string(axis) + " of " + shape.str(),
                              [axis](const Tensors& x) -> Tensors { return {glu(x[0], axis)}; },
                              {sample(shape, {-3, 3})},
                              reference});
  };
  add({3, 4}, -1);
  add({4, 3}, 0);
  add({2, 2, 3}, 1);
  add({2, 0}, -1);
  result.integers = Integers::converted;
  return result;
}

OpCase gelu_row() {
  OpCase result = row(
      "gelu", [](const Tensor& x) { return gelu(x); },
      [](double x) { return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2)); }, {-4, 4});
  for (Sample& each :
       unary_samples([](const Tensor& x) { return gelu(x, true); },
                     [](double x) {
                       return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
                     },
                     {-4, 4})) {
    result.samples.push_back(each);
  }
  return result;
}

// Zero where the single element is negative.
OpCase relu_row() {
  OpCase result = row("relu", relu, [](double x) { return std::max(x, 0.0); }, {-2, 2, {0}});
  for (Sample& each : result.samples) {
    if (each.inputs[0].numel() == 1) each.zero_gradient = true;
  }
  return result;
}

OpCase truth_row(const char* op, const UnaryOp& function, bool (*reference)(double)) {
  OpCase result = row(
      op, function, [=](double x) { return reference(x) ? 1.0 : 0.0; }, {}, Integers::unsupported);
  result.differentiable = false;
  return result;
}

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

std::vector<OpCase> elementwise_cases() {
  return {
      row(
          "abs", abs, [](double x) { return std::abs(x); }, {-2, 2, {0}}, Integers::kept),
      with_zero_gradient(row(
          "sign", sign, [](double x) { return x > 0 ? 1.0 : -1.0; }, {-2, 2, {0}}, Integers::kept)),
      row("exp", exp, [](double x) { return std::exp(x); }),
      row("expm1", expm1, [](double x) { return std::expm1(x); }),
      row("log", log, [](double x) { return std::log(x); }, {0.1, 4}),
      row("log1p", log1p, [](double x) { return std::log1p(x); }, {-0.9, 4}),
      row("sqrt", sqrt, [](double x) { return std::sqrt(x); }, {0.1, 4}),
      row("rsqrt", rsqrt, [](double x) { return 1 / std::sqrt(x); }, {0.1, 4}),
      row(
          "square", square, [](double x) { return x * x; }, {}, Integers::kept),
      row("reciprocal", reciprocal, [](double x) { return 1 / x; }, {0.2, 4}),
      row("sin", sin, [](double x) { return std::sin(x); }, {-9, 9}),
      row("cos", cos, [](double x) { return std::cos(x); }, {-9, 9}),
      row("tanh", tanh, [](double x) { return std::tanh(x); }, {-4, 4}),
      row("erf", erf, [](double x) { return std::erf(x); }, {-4, 4}),
      clip_row(),
      with_zero_gradient(row(
          "floor", floor, [](double x) { return std::floor(x); }, {-2, 2, {-2, -1, 0, 1, 2}}, Integers::kept)),
      with_zero_gradient(row(
          "ceil", ceil, [](double x) { return std::ceil(x); }, {-2, 2, {-2, -1, 0, 1, 2}}, Integers::kept)),
      with_zero_gradient(row(
          "round", round, [](double x) { return std::nearbyint(x); }, {-2, 2, {-1.5, -0.5, 0.5, 1.5}}, Integers::kept)),
      row("sigmoid", sigmoid, sigmoid_of, {-6, 6}),
      row("hard_sigmoid", hard_sigmoid, [](double x) { return std::clamp((x + 3) / 6, 0.0, 1.0); }, {-2.9, 2.9}),
      row("log_sigmoid", log_sigmoid, [](double x) { return -std::log1p(std::exp(-x)); }, {-6, 6}),
      row("sparse_sigmoid", sparse_sigmoid, [](double x) { return std::clamp((x + 1) / 2, 0.0, 1.0); }, {-0.9, 0.9}),
      row("hard_tanh", hard_tanh, [](double x) { return std::clamp(x, -1.0, 1.0); }, {-0.9, 0.9}),
      row("tanh_shrink", tanh_shrink, [](double x) { return x - std::tanh(x); }, {0.2, 4}),
      row(
          "hard_shrink", [](const Tensor& x) { return hard_shrink(x); },
          [](double x) { return std::abs(x) > 0.5 ? x : 0.0; }, {0.6, 2}),
      row(
          "soft_shrink", [](const Tensor& x) { return soft_shrink(x, 0.3); },
          [](double x) { return x > 0.3    ? x - 0.3
                                : x < -0.3 ? x + 0.3
                                           : 0.0; }, {-2, -0.4}),
      row(
          "threshold", [](const Tensor& x) { return threshold(x, 0.25, 7); },
          [](double x) { return x > 0.25 ? x : 7.0; }, {0.3, 2}),
      row("relu6", relu6, [](double x) { return std::clamp(x, 0.0, 6.0); }, {0.1, 9, {6}}),
      relu_row(),
      leaky_relu_row(),
      elu_row(),
      row("selu", selu, [](double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x)); },
          {-2, 2, {0}}),
      celu_row(),
      squareplus_row(),
      row("sparse_plus", sparse_plus, [](double x) { return x <= -1  ? 0
                                                            : x >= 1 ? x
                                                                     : (x + 1) * (x + 1) / 4; },
          {-0.9, 2, {1}}),
      row("softplus", softplus, [](double x) { return std::log1p(std::exp(x)); }, {-6, 6}),
      row("softsign", softsign, [](double x) { return x / (1 + std::abs(x)); }, {-6, 6, {0}}),
      row("silu", silu, [](double x) { return x * sigmoid_of(x); }, {-6, 6}),
      row("hard_silu", hard_silu, [](double x) { return x * std::clamp((x + 3) / 6, 0.0, 1.0); }, {-2.9, 4, {-1.5, 3}}),
      glu_row(),
      row("mish", mish, [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }, {-6, 6}),
      gelu_row(),
      row(
          "negative", negative, [](double x) { return -x; }, {}, Integers::kept),
      truth_row(
          "isnan", [](const Tensor& x) { return isnan(log(x)); }, [](double x) { return x < 0; }),
      truth_row(
          "isfinite", [](const Tensor& x) { return isfinite(log(x)); }, [](double x) { return x > 0; }),
      truth_row(
          "logical_not", [](const Tensor& x) { return logical_not(round(x)); },
          [](double x) { return std::nearbyint(x) == 0; }),
  };
}

}  // namespace xtape::test
