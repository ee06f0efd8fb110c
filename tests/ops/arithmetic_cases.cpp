#include <cmath>
#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

namespace xtape::test {
namespace {

using BinaryFunction = Tensor (*)(const Tensor&, const Tensor&);

OpCase row(const char* op, BinaryFunction function, const std::function<double(double, double)>& reference,
           const Domain& a = {}, const Domain& b = {}, Integers integers = Integers::kept) {
  OpCase result{op, binary_samples(function, reference, a, b)};
  result.integers = integers;
  return result;
}

// An operand that is a number.
OpCase& with_scalar(OpCase& result, const UnaryOp& function, const std::function<double(double)>& reference,
                    const Domain& domain = {}) {
  for (Sample& each : unary_samples(function, reference, domain)) {
    each.description = "with a number: " + each.description;
    result.samples.push_back(each);
  }
  return result;
}

// a - a and a / a do not depend on a.
OpCase constant_of_one_tensor(OpCase result) {
  for (Sample& each : result.samples) {
    if (each.description == "the same tensor twice") each.zero_gradient = true;
  }
  return result;
}

OpCase add_row() {
  OpCase result = row("add", add, [](double a, double b) { return a + b; });
  with_scalar(
      result, [](const Tensor& x) { return 1.5 + x; }, [](double x) { return x + 1.5; });
  return with_scalar(
      result, [](const Tensor& x) { return x + 1.5; }, [](double x) { return x + 1.5; });
}

OpCase subtract_row() {
  OpCase result = constant_of_one_tensor(row("subtract", subtract, [](double a, double b) { return a - b; }));
  with_scalar(
      result, [](const Tensor& x) { return x - 1.5; }, [](double x) { return x - 1.5; });
  return with_scalar(
      result, [](const Tensor& x) { return 1.5 - x; }, [](double x) { return 1.5 - x; });
}

OpCase multiply_row() {
  OpCase result = row("multiply", multiply, [](double a, double b) { return a * b; });
  with_scalar(
      result, [](const Tensor& x) { return 1.5 * x; }, [](double x) { return x * 1.5; });
  return with_scalar(
      result, [](const Tensor& x) { return x * 1.5; }, [](double x) { return x * 1.5; });
}

OpCase divide_row() {
  OpCase result = constant_of_one_tensor(row(
      "divide", divide, [](double a, double b) { return a / b; }, {0.2, 3}, {0.2, 3}, Integers::converted));
  with_scalar(
      result, [](const Tensor& x) { return x / 1.5; }, [](double x) { return x / 1.5; });
  return with_scalar(
      result, [](const Tensor& x) { return 1.5 / x; }, [](double x) { return 1.5 / x; }, {0.2, 3});
}

OpCase power_row() {
  OpCase result = row(
      "power", power, [](double a, double b) { return std::pow(a, b); }, {0.2, 2}, {-2, 2}, Integers::unsupported);
  for (Sample& each : result.samples) {
    if (each.description == "the same tensor twice") each.inputs = {sample({3, 4}, {0.2, 2})};
  }
  for (double exponent : {2.0, 3.0, 1.0, -1.0, 0.5, -2.5}) {
    const Domain domain{exponent == std::round(exponent) && exponent > 0 ? -2.0 : 0.2, 2};
    with_scalar(
        result, [=](const Tensor& x) { return power(x, exponent); }, [=](double x) { return std::pow(x, exponent); },
        domain);
  }
  return with_scalar(
      result, [](const Tensor& x) { return power(1.5, x); }, [](double x) { return std::pow(1.5, x); });
}

OpCase minimum_row() {
  OpCase result = row("minimum", minimum, [](double a, double b) { return std::min(a, b); });
  for (Sample& each : result.samples) each.zero_gradient = each.inputs[0].numel() == 1;
  with_scalar(
      result, [](const Tensor& x) { return minimum(x, 0.25); }, [](double x) { return std::min(x, 0.25); },
      {-2, 2, {0.25}});
  return result;
}

OpCase maximum_row() {
  OpCase result = row("maximum", maximum, [](double a, double b) { return std::max(a, b); });
  for (Sample& each : result.samples) each.zero_gradient = each.inputs[0].numel() == 1;
  with_scalar(
      result, [](const Tensor& x) { return maximum(x, -1.9); }, [](double x) { return std::max(x, -1.9); },
      {-2, 2, {-1.9}});
  return result;
}

using ScalarFunction = Tensor (*)(const Tensor&, Scalar);

OpCase comparison_row(const char* op, BinaryFunction function, ScalarFunction scalar_function,
                      bool (*reference)(double, double)) {
  // Few different values, so that equal ones meet.
  OpCase result = row(
      op, function, [=](double a, double b) { return reference(a, b) ? 1.0 : 0.0; }, {}, {}, Integers::unsupported);
  for (Sample& each : result.samples) {
    for (Tensor& input : each.inputs) input = round(input);
  }
  with_scalar(
      result, [=](const Tensor& x) { return scalar_function(round(x), 1.0); },
      [=](double x) { return reference(std::nearbyint(x), 1) ? 1.0 : 0.0; });
  result.differentiable = false;
  return result;
}

OpCase logical_row(const char* op, BinaryFunction function, bool (*reference)(bool, bool)) {
  OpCase result = row(
      op, function, [=](double a, double b) { return reference(a != 0, b != 0) ? 1.0 : 0.0; }, {}, {},
      Integers::unsupported);
  for (Sample& each : result.samples) {
    for (Tensor& input : each.inputs) input = round(input);
  }
  result.differentiable = false;
  return result;
}

OpCase where_row() {
  OpCase result{"where", {}};
  auto add = [&](const std::string& description, const Shape& condition, const Shape& a, const Shape& b) {
    const Tensor truth = sample(condition, {}, 3) > 0.1;
    result.samples.push_back(
        {description,
         [](const Tensors& x) -> Tensors { return {where(x[2], x[0], x[1])}; },
         {sample(a, {}, 1), sample(b, {}, 2), truth},
         [](const Tensors& x) -> Tensors {
           return {map_elements({x[2], x[0], x[1]}, [](const auto& v) { return v[0] != 0 ? v[1] : v[2]; })};
         }});
  };
  add("one shape", {3, 4}, {3, 4}, {3, 4});
  add("operands broadcast", {3, 4}, {4}, {3, 1});
  add("condition broadcasts", {4}, {3, 4}, {3, 4});
  add("condition is larger", {2, 3, 4}, {3, 4}, {4});
  add("0-dim operand", {2, 3}, {}, {2, 3});
  add("size 0", {0, 3}, {0, 3}, {3});
  result.samples.push_back({"a number for b",
                            [](const Tensors& x) -> Tensors { return {where(x[0] > 0, x[0], 0.5)}; },
                            {sample({3, 4}, {-2, 2, {0}})}});
  result.samples.push_back({"a number for a",
                            [](const Tensors& x) -> Tensors { return {where(x[0] > 0, 0.5, x[0])}; },
                            {sample({3, 4}, {-2, 2, {0}})}});
  result.samples.push_back({"views",
                            [](const Tensors& x) -> Tensors {
                              return {where(x[1].transpose(), x[0].transpose(), x[0].slice(0, {.step = -1}))};
                            },
                            {sample({3, 3}), sample({3, 3}, {}, 5) > 0}});
  add("large", {67, 513}, {67, 513}, {513});
  result.samples.back().gradcheck = false;
  return result;
}

}  // namespace

std::vector<OpCase> arithmetic_cases() {
  return {
      add_row(),
      subtract_row(),
      multiply_row(),
      divide_row(),
      power_row(),
      minimum_row(),
      maximum_row(),
      comparison_row("equal", equal, equal, [](double a, double b) { return a == b; }),
      comparison_row("not_equal", not_equal, not_equal, [](double a, double b) { return a != b; }),
      comparison_row("less", less, less, [](double a, double b) { return a < b; }),
      comparison_row("less_equal", less_equal, less_equal, [](double a, double b) { return a <= b; }),
      comparison_row("greater", greater, greater, [](double a, double b) { return a > b; }),
      comparison_row("greater_equal", greater_equal, greater_equal, [](double a, double b) { return a >= b; }),
      logical_row("logical_and", logical_and, [](bool a, bool b) { return a && b; }),
      logical_row("logical_or", logical_or, [](bool a, bool b) { return a || b; }),
      where_row(),
  };
}

}  // namespace xtape::test
