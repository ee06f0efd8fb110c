#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

using namespace xtape;
using xtape::test::sample;
using Tensors = std::vector<Tensor>;

namespace {

Tensor leaf(const Shape& shape) {
  const Tensor x = sample(shape, {0.5, 2});
  x.set_requires_grad();
  return x;
}

// x^3 with a derivative of one's choice.
Tensors cube(const Tensors& x, const std::function<Tensor(const Tensor& gradient, const Tensor& x)>& vjp) {
  return custom_op({"cube", [](const Tensors& in) -> Tensors { return {in[0] * in[0] * in[0]}; },
                    [=](const Tensors& gradients, const Tensors& in, const Tensors&) -> Tensors {
                      return {vjp(gradients[0], in[0])};
                    }},
                   x);
}

}  // namespace

TEST_CASE("gradcheck accepts a right derivative, also of the second order") {
  const auto right = [](const Tensors& x) {
    return cube(x, [](const Tensor& g, const Tensor& in) { return g * 3 * in * in; });
  };
  const GradcheckReport report = gradcheck(right, {leaf({2, 3})}, {.second_order = true});
  INFO(report.message);
  CHECK(report);
  CHECK(report.analytic == Approx(report.numeric).epsilon(1e-6));
}

TEST_CASE("gradcheck catches a planted wrong derivative and names the worst element") {
  const auto wrong = [](const Tensors& x) {
    return cube(x, [](const Tensor& g, const Tensor& in) { return g * 2.9 * in * in; });
  };
  const Tensor x = tensor({{0.1, 0.1}, {0.1, 2.0}}, float64);
  x.set_requires_grad();
  const GradcheckReport report = gradcheck(wrong, {x}, {.seed = 5});
  CHECK_FALSE(report.passed);
  CHECK(report.input == 0);
  CHECK(report.position == Shape{1, 1});
  CHECK(report.analytic / report.numeric == Approx(2.9 / 3));
  CHECK_THAT(report.message, Contains("input 0 at [1, 1]: analytic ") && Contains("numeric ") && Contains("seed 5"));
}

TEST_CASE("gradcheck catches a derivative that is wrong at one element only") {
  const auto wrong = [](const Tensors& x) {
    return cube(x, [](const Tensor& g, const Tensor& in) {
      const Tensor gradient = (g * 3 * in * in).detach();
      gradient[{0, 1}].fill(0);
      return gradient;
    });
  };
  const GradcheckReport report = gradcheck(wrong, {leaf({2, 3})});
  CHECK_FALSE(report.passed);
  CHECK(report.position == Shape{0, 1});
  CHECK(report.analytic == 0);
}

TEST_CASE("gradcheck catches a derivative that ignores the upstream gradient") {
  const auto wrong = [](const Tensors& x) {
    return cube(x, [](const Tensor&, const Tensor& in) { return 3 * in * in; });
  };
  CHECK_FALSE(gradcheck(wrong, {leaf({4})}).passed);
}

TEST_CASE("gradcheck catches a gradient that is all zero, or lost") {
  const auto zero = [](const Tensors& x) { return cube(x, [](const Tensor&, const Tensor& in) { return in * 0; }); };
  CHECK_FALSE(gradcheck(zero, {leaf({4})}).passed);
  const auto lost = [](const Tensors& x) -> Tensors { return {x[0].detach() * 2}; };
  CHECK_FALSE(gradcheck(lost, {leaf({4})}).passed);
}

TEST_CASE("gradcheck fails where both sides are zero, unless that is allowed") {
  const auto constant = [](const Tensors& x) -> Tensors { return {x[0] * 0}; };
  const GradcheckReport report = gradcheck(constant, {leaf({4})}, {.seed = 3});
  CHECK_FALSE(report.passed);
  CHECK_THAT(report.message, Contains("every numeric gradient of input 0 is zero") && Contains("seed 3"));
  CHECK(gradcheck(constant, {leaf({4})}, {.allow_zero = true}).passed);
}

TEST_CASE("gradcheck catches a wrong second derivative behind a right first one") {
  const auto wrong = [](const Tensors& x) {
    return cube(x, [](const Tensor& g, const Tensor& in) { return g * 3 * in * in.detach(); });
  };
  CHECK(gradcheck(wrong, {leaf({2, 2})}).passed);
  const GradcheckReport report = gradcheck(wrong, {leaf({2, 2})}, {.second_order = true});
  CHECK_FALSE(report.passed);
  CHECK_THAT(report.message, Contains("second order"));
}

TEST_CASE("gradcheck checks the inputs that require a gradient, and leaves all unchanged") {
  const Tensor a = leaf({3}), b = sample({3}, {}, 2), index = tensor({2, 0});
  const Tensor a_before = a.detach().clone();
  const auto function = [](const Tensors& x) -> Tensors { return {take(x[0] * x[1], x[2]), x[2]}; };
  CHECK(gradcheck(function, {a, b, index}).passed);
  CHECK(array_equal(a.detach(), a_before));
  CHECK_FALSE(a.grad().defined());
  CHECK(gradcheck([](const Tensors& x) -> Tensors { return {exp(x[0])}; },
                  {sample({3, 4}).transpose().set_requires_grad()})
            .passed);
}

TEST_CASE("gradcheck refuses inputs that it cannot check") {
  const auto function = [](const Tensors& x) -> Tensors { return {x[0] * 2}; };
  const Tensor single = ones({2}).set_requires_grad();
  CHECK_THROWS_AS(gradcheck(function, {single}), DTypeError);
  CHECK_THROWS_WITH(gradcheck(function, {single}), "gradcheck: input 0 is float32, expected float64");
  CHECK_THROWS_AS(gradcheck(function, {sample({2})}), ValueError);
  CHECK_THROWS_WITH(gradcheck(function, {sample({2})}), "gradcheck: none of the inputs requires a gradient");
}
