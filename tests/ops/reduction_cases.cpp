#include <algorithm>
#include <cmath>
#include <numeric>
#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

namespace xtape::test {
namespace {

using Values = std::vector<double>;

double sum_of(const Values& v) { return std::accumulate(v.begin(), v.end(), 0.0); }
double mean_of(const Values& v) { return sum_of(v) / static_cast<double>(v.size()); }
double squared_deviations(const Values& v) {
  const double center = mean_of(v);
  double total = 0;
  for (double x : v) total += (x - center) * (x - center);
  return total;
}
double variance_of(const Values& v) { return squared_deviations(v) / static_cast<double>(v.size()); }
double product_of(const Values& v) { return std::accumulate(v.begin(), v.end(), 1.0, std::multiplies<>()); }
double max_of(const Values& v) { return *std::max_element(v.begin(), v.end()); }
double min_of(const Values& v) { return *std::min_element(v.begin(), v.end()); }
double logsumexp_of(const Values& v) {
  const double largest = max_of(v);
  double total = 0;
  for (double x : v) total += std::exp(x - largest);
  return largest + std::log(total);
}

OpCase row(const char* op, const ReductionOp& function, const std::function<double(const Values&)>& reference,
           const Domain& domain = {}, Integers integers = Integers::unsupported) {
  OpCase result{op, reduction_samples(function, reference, domain)};
  result.integers = integers;
  return result;
}

bool one_element_per_group(const Sample& each) {
  return each.inputs[0].rank() == 0 || each.description.starts_with("axis of length 1") ||
         each.description.starts_with("other axes");
}

OpCase var_row() {
  OpCase result = row(
      "var", [](const Tensor& x, const Axes& axes, bool keepdims) { return var(x, axes, keepdims); }, variance_of);
  for (Sample& each : result.samples) each.zero_gradient = one_element_per_group(each);
  result.samples.push_back({"ddof 1",
                            [](const Tensors& x) -> Tensors { return {var(x[0], 0, false, 1)}; },
                            {sample({5, 3})},
                            [](const Tensors& x) -> Tensors {
                              return {reduce_elements(x[0], 0, false, [](const Values& v) {
                                return squared_deviations(v) / static_cast<double>(v.size() - 1);
                              })};
                            }});
  return result;
}

OpCase std_row() {
  OpCase result = row(
      "std", [](const Tensor& x, const Axes& axes, bool keepdims) { return std(x, axes, keepdims); },
      [](const Values& v) { return std::sqrt(variance_of(v)); });
  // The standard deviation has a kink where it is 0.
  std::erase_if(result.samples, one_element_per_group);
  return result;
}

OpCase prod_row() {
  OpCase result = row("prod", prod, product_of, {0.5, 1.6});
  // A product of many factors under- or overflows float32.
  std::erase_if(result.samples, [](const Sample& each) { return !each.gradcheck; });
  auto with_zeros = [](const char* description, std::vector<double> values) {
    return Sample{description,
                  [](const Tensors& x) -> Tensors { return {prod(x[0], 1)}; },
                  {from_data(values.data(), {2, 3})},
                  [](const Tensors& x) -> Tensors { return {reduce_elements(x[0], 1, false, product_of)}; }};
  };
  result.samples.push_back(with_zeros("one zero", {0.5, 0, 2, 1, 3, -1}));
  result.samples.push_back(with_zeros("two zeros", {0, 0, 2, 1, 3, -1}));
  return result;
}

OpCase position_row(const char* op, Tensor (*function)(const Tensor&, Axis, bool), bool largest) {
  OpCase result{op, {}};
  for (bool keepdims : {false, true}) {
    for (int axis : {0, 1, 2, -1}) {
      for (const Shape& shape : {Shape{2, 3, 4}, Shape{3, 1, 5}, Shape{4, 33, 17}}) {
        result.samples.push_back({"axis " + std::to_string(axis) + " of " + shape.str(),
                                  [=](const Tensors& x) -> Tensors { return {function(x[0], axis, keepdims)}; },
                                  {sample(shape)},
                                  [=](const Tensors& x) -> Tensors {
                                    return {reduce_elements(x[0], axis, keepdims, [=](const Values& v) {
                                      const auto best = largest ? std::max_element(v.begin(), v.end())
                                                                : std::min_element(v.begin(), v.end());
                                      return static_cast<double>(best - v.begin());
                                    })};
                                  }});
      }
    }
  }
  result.samples.push_back({"equal elements: the first",
                            [=](const Tensors& x) -> Tensors { return {function(x[0], 1, false)}; },
                            {tensor({{1, 3, 3, 1}, {2, 2, 2, 2}}, float64)},
                            [=](const Tensors&) -> Tensors {
                              return {tensor({largest ? 1 : 0, 0})};
                            }});
  result.samples.push_back({"transposed",
                            [=](const Tensors& x) -> Tensors { return {function(x[0].transpose(), 0, false)}; },
                            {sample({3, 4})},
                            [=](const Tensors& x) -> Tensors { return {function(x[0], 1, false)}; }});
  result.differentiable = false;
  return result;
}

OpCase truth_row(const char* op, Tensor (*function)(const Tensor&, const Axes&, bool), bool every) {
  OpCase result = row(
      op, [=](const Tensor& x, const Axes& axes, bool keepdims) { return function(x > 1.2, axes, keepdims); },
      [=](const Values& v) {
        auto holds = [](double x) { return x > 1.2; };
        return (every ? std::all_of(v.begin(), v.end(), holds) : std::any_of(v.begin(), v.end(), holds)) ? 1.0 : 0.0;
      });
  result.differentiable = false;
  return result;
}

}  // namespace

std::vector<OpCase> reduction_cases() {
  return {
      // Values that cancel out would magnify the rounding of float32.
      row("sum", sum, sum_of, {-1, 3}),
      row("mean", mean, mean_of, {}, Integers::converted),
      var_row(),
      std_row(),
      prod_row(),
      row("max", max, max_of, {}, Integers::kept),
      row("min", min, min_of, {}, Integers::kept),
      row("logsumexp", logsumexp, logsumexp_of, {-6, 6}),
      position_row("argmax", argmax, true),
      position_row("argmin", argmin, false),
      truth_row("any", any, false),
      truth_row("all", all, true),
  };
}

}  // namespace xtape::test
