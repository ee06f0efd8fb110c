#include <limits>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

using namespace xtape;
using test::Domain;
using test::non_contiguous;
using test::sample;
using Tensors = std::vector<Tensor>;

namespace {

const auto swish = elementwise("swish", [](auto x) { return x * sigmoid(x); });
const auto hypotenuse = elementwise("hypotenuse", [](auto x, auto y) { return sqrt(x * x + y * y); });
const auto blend = elementwise("blend", [](auto x, auto y, auto t) { return x + t * (y - x); });

// The function made into one operation against the same function of tensors: its values, and its derivatives in
// one pass, recorded, and recorded twice.
template <class Function>
void compare(const char* name, Function function, const Domain& domain = {}) {
  INFO(name);
  const auto op = elementwise(name, function);
  const Tensor x = sample({3, 4}, domain).set_requires_grad();
  const Tensor g = sample({3, 4}, {}, 2);
  CHECK(allclose(op(x), function(x), 1e-13, 1e-14));
  CHECK(allclose(op(x.detach().astype(float32)), function(x.detach()), 1e-5, 1e-6));

  const Tensor expected = grad(function(x), x, {.gradients = {g}, .create_graph = true});
  CHECK(allclose(grad(op(x), x, {.gradients = {g}}), expected, 1e-11, 1e-12));
  const Tensor recorded = grad(op(x), x, {.gradients = {g}, .create_graph = true});
  CHECK(allclose(recorded, expected, 1e-13, 1e-14));
  REQUIRE(recorded.requires_grad() == expected.requires_grad());
  if (!recorded.requires_grad()) return;
  const GradOptions again{.gradients = {sample({3, 4}, {}, 3)}, .allow_unused = true};
  const Tensor second = grad(recorded, x, again);
  const Tensor expected_second = grad(expected, x, again);
  REQUIRE(second.defined() == expected_second.defined());
  if (second.defined()) CHECK(allclose(second, expected_second, 1e-13, 1e-14));
}

template <class Op>
bool derivatives_hold(const Op& op, const Tensors& inputs) {
  const GradcheckReport report = gradcheck(op, inputs);
  UNSCOPED_INFO(report.message);
  return report.passed;
}

Tensors call(const Tensors& x) { return {hypotenuse(x[0], x[1])}; }

std::vector<double> gradient_at(const auto& op, const NestedNumbers& at) {
  const Tensor x = tensor(at, float64).set_requires_grad();
  op(x).sum().backward();
  return x.grad().to_vector<double>();
}

}  // namespace

#define XTAPE_COMPARE(function, ...) \
  compare(                           \
      #function, [](auto x) { return function(x); }, Domain{__VA_ARGS__})

TEST_CASE("dual numbers know the elementwise functions of tensors") {
  XTAPE_COMPARE(abs, -2, 2, {0});
  XTAPE_COMPARE(sign, -2, 2, {0});
  XTAPE_COMPARE(exp);
  XTAPE_COMPARE(expm1);
  XTAPE_COMPARE(log, 0.1, 3);
  XTAPE_COMPARE(log1p, -0.8, 3);
  XTAPE_COMPARE(sqrt, 0.1, 3);
  XTAPE_COMPARE(rsqrt, 0.1, 3);
  XTAPE_COMPARE(square);
  XTAPE_COMPARE(reciprocal, 0.1, 3);
  XTAPE_COMPARE(sin);
  XTAPE_COMPARE(cos);
  XTAPE_COMPARE(tanh);
  XTAPE_COMPARE(erf);
  XTAPE_COMPARE(floor);
  XTAPE_COMPARE(ceil);
  XTAPE_COMPARE(round);
  XTAPE_COMPARE(sigmoid);
  XTAPE_COMPARE(relu, -2, 2, {0});
  XTAPE_COMPARE(leaky_relu, -2, 2, {0});
  XTAPE_COMPARE(elu, -2, 2, {0});
  XTAPE_COMPARE(softplus);
  XTAPE_COMPARE(silu);
  XTAPE_COMPARE(gelu);
  compare("gelu_tanh", [](auto x) { return gelu(x, true); });
  compare("clip", [](auto x) { return clip(x, -1, 1.5); }, {-2, 2, {-1, 1.5}});
  compare("minimum", [](auto x) { return minimum(x, 0.5); }, {-2, 2, {0.5}});
  compare("maximum", [](auto x) { return maximum(x * x, x); }, {-2, 2, {0, 1}});
  compare("power", [](auto x) { return power(x, 2.5) + pow(x, 3) + pow(x, 0); }, {0.1, 3});
  compare("power of both", [](auto x) { return pow(x, x); }, {0.1, 3});
}

TEST_CASE("dual numbers mix with plain ones") {
  compare("left", [](auto x) { return 1 + (2 - 3 * x) * (0.5f / x); }, {0.1, 3});
  compare("right", [](auto x) { return -((x + 1) * 2 - 3) / 4.0; });
  compare("less", [](auto x) { return where(x < 0.5, x, x * x); });
  compare("less or equal", [](auto x) { return where(x <= 0.5, 1, x * x); });
  compare("greater", [](auto x) { return where(x > 0.5, x * x, 1); });
  compare("greater or equal", [](auto x) { return where(x >= 0.5, x, x * x); });
  compare("equal", [](auto x) { return where(x == x, x, 1); });
  compare("not equal", [](auto x) { return where(x != x, 1, x); });
}

TEST_CASE("an elementwise function equals the operation of the library") {
  for (DType type : {float32, float64}) {
    // So many that several threads share them.
    const Tensor x = randn({300, 301}, type).set_requires_grad();
    const Tensor y = swish(x);
    CHECK(y.dtype() == type);
    CHECK(allclose(y, silu(x), 1e-5, 1e-6));
    CHECK(allclose(grad(y.sum(), x), grad(silu(x).sum(), x), 1e-5, 1e-6));
  }
}

TEST_CASE("first and second derivatives of elementwise functions hold against finite differences") {
  const Tensor x = sample({3, 4}).set_requires_grad();
  const Tensor y = sample({3, 4}, {}, 2).set_requires_grad();
  CHECK(derivatives_hold([](const Tensors& in) -> Tensors { return {swish(in[0])}; }, {x}));
  CHECK(derivatives_hold(call, {x, y}));
  CHECK(derivatives_hold(call, {x, y.detach()}));
  CHECK(derivatives_hold([](const Tensors& in) -> Tensors { return {blend(in[0], in[1], in[2])}; },
                         {x, y, sample({}).set_requires_grad()}));
}

TEST_CASE("arguments of an elementwise function broadcast") {
  const Tensor column = sample({3, 1}).set_requires_grad();
  const Tensor row = sample({4}, {}, 2).set_requires_grad();
  const Tensor number = sample({}, {}, 3).set_requires_grad();
  CHECK(hypotenuse(column, row).shape() == Shape{3, 4});
  CHECK(allclose(hypotenuse(column, row), sqrt(square(column) + square(row))));
  CHECK(derivatives_hold(call, {column, row}));
  CHECK(derivatives_hold(call, {row, column}));
  CHECK(derivatives_hold(call, {number, row}));
  CHECK(derivatives_hold(call, {column, number}));
}

TEST_CASE("elementwise functions take views, no elements and one element") {
  const Tensor x = sample({3, 4});
  const Tensor view = non_contiguous(x).set_requires_grad();
  CHECK(array_equal(swish(view), swish(x)));
  swish(view).backward(non_contiguous(sample({3, 4}, {}, 2)));
  CHECK(allclose(view.grad(), grad(silu(view), view, {.gradients = {sample({3, 4}, {}, 2)}})));

  const Tensor none = zeros({2, 0}).set_requires_grad();
  swish(none).sum().backward();
  CHECK(none.grad().shape() == Shape{2, 0});
  CHECK(hypotenuse(none, ones({1})).shape() == Shape{2, 0});

  const Tensor one = Tensor(3.0f).set_requires_grad();
  hypotenuse(one, Tensor(4.0f)).backward();
  CHECK(one.grad().shape() == Shape{});
  CHECK(one.grad().item() == Approx(0.6));
}

TEST_CASE("derivatives of elementwise functions at kinks and beside poles") {
  const double slope = 0.25;
  const auto leaky = elementwise("leaky", [slope](auto x) { return where(x > 0, x, slope * x); });
  CHECK(gradient_at(leaky, {-2, 0, 2}) == std::vector<double>{0.25, 0.25, 1});
  const auto absolute = elementwise("absolute", [](auto x) { return abs(x); });
  CHECK(gradient_at(absolute, {-2, 0, 2}) == std::vector<double>{-1, 0, 1});
  const auto highest = elementwise("highest", [](auto x) { return maximum(x, 1); });
  CHECK(gradient_at(highest, {0, 1, 2}) == std::vector<double>{0, 0.5, 1});
  // The branch that is not taken counts for nothing.
  const auto root = elementwise("root", [](auto x) { return where(x > 0, sqrt(x), 0); });
  CHECK(gradient_at(root, {-1, 0, 4}) == std::vector<double>{0, 0, 0.25});
  // Nor does an argument that is held: the square root is infinitely steep at 0.
  const Tensor x = ones({1}).set_requires_grad();
  elementwise("sum of roots", [](auto a, auto b) { return sqrt(a) + sqrt(b); })(x, zeros({1})).backward();
  CHECK(x.grad().item() == 0.5);
}

TEST_CASE("extreme numbers stay what they are in dual numbers") {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto lowest = [](Dual<double> a, Dual<double> b) { return minimum(a, b).value; };
  CHECK(lowest(infinity, infinity) == infinity);
  CHECK(std::isnan(lowest(nan, 1)));
  CHECK(std::isnan(lowest(1, nan)));
  CHECK(gradient_at(elementwise("half", [](auto x) { return x * 0.5; }), {infinity})[0] == 0.5);
  CHECK(gradient_at(elementwise("soft", [](auto x) { return softplus(x); }), {-1000, 1000}) ==
        std::vector<double>{0, 1});
}

TEST_CASE("an argument that an elementwise function ignores has the gradient 0") {
  const auto second = elementwise("second", [](auto, auto y) { return y * y; });
  const Tensor x = ones({2, 3}).set_requires_grad();
  const Tensor y = second(x, full({3}, 2));
  CHECK(array_equal(y, full({2, 3}, 4)));
  CHECK(array_equal(grad(y.sum(), x), zeros({2, 3})));
  CHECK(array_equal(grad(second(x, full({3}, 2)).sum(), x, {.create_graph = true}), zeros({2, 3})));
}

TEST_CASE("elementwise functions are recorded only where a gradient is needed") {
  const Tensor x = ones({2}).set_requires_grad();
  CHECK_FALSE(swish(x.detach()).requires_grad());
  const NoGrad no_grad;
  CHECK_FALSE(swish(x).requires_grad());
}

TEST_CASE("errors name the elementwise function") {
  CHECK_THROWS_AS(swish(ones({2}, int64)), DTypeError);
  CHECK_THROWS_WITH(swish(ones({2}, int64)), "swish: expected float32 or float64, got int64");
  CHECK_THROWS_AS(hypotenuse(ones({2}), ones({2}, float64)), DTypeError);
  CHECK_THROWS_WITH(hypotenuse(ones({2}), ones({2}, float64)),
                    "hypotenuse: the inputs must have one type, got float32 and float64");
  CHECK_THROWS_AS(hypotenuse(ones({2, 3}), ones({2})), ShapeError);
  CHECK_THROWS_WITH(hypotenuse(ones({2, 3}), ones({2})), Contains("hypotenuse: ") && Contains("[2, 3]"));
  CHECK_THROWS_WITH(swish(Tensor()), "swish: the tensor is undefined");

  const Tensor x = ones({2}).set_requires_grad();
  const Tensor between = x * 1;
  const Tensor y = swish(between).sum();
  between.detach().fill(2);
  CHECK_THROWS_WITH(y.backward(), Contains("'swish' saved was changed in place"));
}
