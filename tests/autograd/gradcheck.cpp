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

// x^3 with a derivative of one's choice for reverse mode.
Tensors cube(const Tensors& x, const std::function<Tensor(const Tensor& gradient, const Tensor& x)>& vjp) {
  return custom_op({"cube", [](const Tensors& in) -> Tensors { return {in[0] * in[0] * in[0]}; },
                    [=](const Tensors& gradients, const Tensors& in, const Tensors&) -> Tensors {
                      return {vjp(gradients[0], in[0])};
                    },
                    [](const Tensors& tangents, const Tensors& in, const Tensors&) -> Tensors {
                      return {tangents[0] * 3 * in[0] * in[0]};
                    }},
                   x);
}

}  // namespace

TEST_CASE("gradcheck accepts a right derivative, also of the second order") {
  const auto right = [](const Tensors& x) {
    return cube(x, [](const Tensor& g, const Tensor& in) { return g * 3 * in * in; });
  };
  const GradcheckReport report = gradcheck(right, {leaf({2, 3})});
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
  CHECK(gradcheck(wrong, {leaf({2, 2})}, {.second_order = false}).passed);
  const GradcheckReport report = gradcheck(wrong, {leaf({2, 2})});
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

TEST_CASE("gradgradcheck checks the derivative of the derivative alone") {
  const auto wrong = [](const Tensors& x) {
    return cube(x, [](const Tensor& g, const Tensor& in) { return g * 3 * in * in.detach(); });
  };
  CHECK_THAT(gradgradcheck(wrong, {leaf({2})}).message, Contains("gradcheck (second order): input 0 at "));
  // Off by a factor at first order, and consistent with itself.
  const auto other = [](const Tensors& x) {
    return cube(x, [](const Tensor& g, const Tensor& in) { return g * 5 * in * in; });
  };
  CHECK_FALSE(gradcheck(other, {leaf({2})}));
  CHECK(gradgradcheck(other, {leaf({2})}));
  CHECK_THROWS_AS(gradgradcheck(other, {ones({2}).set_requires_grad()}), DTypeError);
}

TEST_CASE("gradcheck says how to leave out forward mode where an operation has none") {
  const auto square = [](const Tensors& x) {
    return custom_op({"square", [](const Tensors& in) -> Tensors { return {in[0] * in[0]}; },
                      [](const Tensors& g, const Tensors& in, const Tensors&) -> Tensors { return {g[0] * 2 * in[0]}; }},
                     x);
  };
  CHECK_THROWS_WITH(gradcheck(square, {leaf({2})}),
                    Contains("square: this custom_op has no jvp") && Contains("pass forward = false"));
  CHECK(gradcheck(square, {leaf({2})}, {.forward = false}));
}

TEST_CASE("gradcheck draws the same random numbers each time, and its caller's stream goes on after one call") {
  const auto noisy = [](const Tensors& x) -> Tensors { return {dropout(x[0], 0.5) * x[0], rand({2})}; };
  set_random_seed(1);
  const Tensor x = leaf({4});
  CHECK(gradcheck(noisy, {x}, {.allow_zero = true}));
  const RandomState after = get_random_state();
  set_random_seed(1);
  noisy({x});
  CHECK(get_random_state().offset == after.offset);
}

TEST_CASE("gradcheck of a function and the tensors that it reads names them") {
  const Tensor w = leaf({2, 3}), b = leaf({3});
  const Tensor w_before = w.detach().clone();
  const Tensor x = sample({4, 2}, {}, 2);
  const auto loss = [&]() -> Tensors { return {mean(square(tanh(matmul(x, w) + b)))}; };
  CHECK(gradcheck(loss, {{"w", w}, {"b", b}}));
  CHECK(array_equal(w.detach(), w_before));
  CHECK_FALSE(w.grad().defined());
  const auto lost = [&]() -> Tensors { return {(w.detach() * w).sum()}; };
  CHECK_THAT(gradcheck(lost, {{"kernel", w}}).message, Contains("gradcheck: 'kernel' at [") && Contains("numeric"));
  CHECK_THROWS_WITH(gradcheck(loss, {{"x", x}}), "gradcheck: 'x' does not require a gradient");
  CHECK_THROWS_WITH(gradcheck(loss, {{"x", ones({2}).set_requires_grad()}}),
                    "gradcheck: 'x' is float32, expected float64");
  CHECK_THROWS_WITH(gradcheck(loss, std::vector<GradcheckParameter>()), "gradcheck: there are no parameters");
  CHECK_THROWS_WITH(gradcheck(std::function<Tensors()>(), {{"w", w}}), "gradcheck: the function is empty");
}

TEST_CASE("gradcheck checks under NoGrad, refuses what it cannot, and leaves tangents as they were") {
  const Tensor x = leaf({2, 3});
  const auto f = [](const Tensors& in) -> Tensors { return {sin(in[0])}; };
  {
    const NoGrad no_grad;
    CHECK(gradcheck(f, {x}));
  }
  CHECK_THROWS_WITH(gradcheck([](const Tensors&) { return Tensors(); }, {x}), "gradcheck: the function returns nothing");
  const Tensor repeated = leaf({3}).detach().broadcast_to({2, 3});
  repeated.set_requires_grad();
  CHECK_THROWS_WITH(gradcheck([&]() -> Tensors { return {sin(repeated)}; }, {{"w", repeated}}),
                    Contains("gradcheck: 'w' is a broadcast view"));
  const DualLevel level;
  const Tensor dual = level.make_dual(sample({2}, {0.5, 2}), ones({2}, float64));
  dual.set_requires_grad();
  CHECK(gradcheck([&]() -> Tensors { return {dual * dual}; }, {{"w", dual}}));
  CHECK(allclose(level.unpack_dual(dual).second, ones({2}, float64)));
}

TEST_CASE("gradcheck says where a function is no number, and where there is nothing to check") {
  const auto root = [](const Tensors& x) -> Tensors { return {sqrt(x[0])}; };
  const Tensor x = tensor({-1.0, 2.0}, float64).set_requires_grad();
  const GradcheckReport report = gradcheck(root, {x});
  CHECK_FALSE(report);
  CHECK_THAT(report.message, Contains("input 0 at [0]") && Contains("the function is not finite there, or beside it"));
  CHECK_THAT(report.message, !Contains("kink"));
  const auto whole = [](const Tensors& in) -> Tensors { return {in[0] > 0, argmax(in[0], 0)}; };
  CHECK(gradcheck(whole, {x}).message ==
        "gradcheck: no output is floating, so nothing was checked (allow_zero accepts that)");
  CHECK_FALSE(gradcheck(whole, {x}));
  CHECK(gradcheck(whole, {x}, {.allow_zero = true}));
}
