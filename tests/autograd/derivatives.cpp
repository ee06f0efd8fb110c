#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

namespace xtape::test {
namespace {

using Tensors = std::vector<Tensor>;
using Function = std::function<Tensor(const Tensor&)>;
using ListFunction = std::function<Tensors(const Tensors&)>;

Tensor numbers(const Shape& shape, uint64_t seed = 1) { return sample(shape, {-1.5, 1.5}, seed).astype(float64); }

void check_close(const Tensor& actual, const Tensor& expected, double tolerance = 1e-12) {
  REQUIRE(actual.shape() == expected.shape());
  REQUIRE(actual.dtype() == expected.dtype());
  CHECK(allclose(actual, expected, tolerance, tolerance));
}

// The Jacobian by central differences.
Tensor numeric_jacobian(const Function& f, const Tensor& x, double step = 1e-6) {
  Tensors columns;
  for (int64_t i = 0; i < x.numel(); ++i) {
    const Tensor direction = reshape(one_hot(tensor({i}), x.numel(), float64), x.shape());
    columns.push_back((f(x + step * direction) - f(x - step * direction)) / (2 * step));
  }
  Shape shape = columns[0].shape();
  for (const int64_t length : x.shape()) shape.push_back(length);
  return stack(columns, -1).reshape(shape);
}

constexpr JacobianMode modes[] = {JacobianMode::automatic, JacobianMode::forward, JacobianMode::reverse};

const Tensor weights = numbers({4, 3}, 7);
Tensor layer(const Tensor& x) { return tanh(matmul(x, weights)); }

}  // namespace

TEST_CASE("vjp gives values and gradients for gradients of the values") {
  const Tensor a = numbers({3}), b = numbers({3}, 2);
  const auto [values, pull_back] = vjp(
      [](const Tensors& x) -> Tensors {
        return {x[0] * x[1], sum(exp(x[0])), argmax(x[0], 0)};
      },
      {a, b});
  check_close(values[0], a * b);
  check_close(values[1], sum(exp(a)));
  CHECK_FALSE(values[0].requires_grad());
  const Tensor u = numbers({3}, 3), v = tensor({2.0}, float64).reshape({});
  const Tensors both = pull_back({u, v, Tensor()});
  check_close(both[0], u * b + 2 * exp(a));
  check_close(both[1], u * a);
  // Again, and with less.
  const Tensors one = pull_back({Tensor(), v, Tensor()});
  check_close(one[0], 2 * exp(a));
  check_close(one[1], zeros({3}, float64));
  CHECK_FALSE(a.requires_grad());

  const auto [y, back] = vjp([](const Tensor& x) { return layer(x); }, numbers({2, 4}));
  check_close(y, layer(numbers({2, 4})));
  const Tensor g = numbers({2, 3}, 5);
  check_close(back(g), matmul(g * (1 - y * y), weights.transpose()));
}

TEST_CASE("the function that vjp returns may be mapped") {
  const Tensor x = numbers({4});
  const auto back = vjp([](const Tensor& v) { return layer(v); }, x).second;
  check_close(vmap(back)(eye(3, 3, float64)), jacobian([](const Tensor& v) { return layer(v); }, x));
}

TEST_CASE("value_and_grad gives both") {
  const Tensor x = numbers({3}), w = numbers({3}, 2);
  const auto [value, gradient] = value_and_grad([](const Tensor& v) { return sum(v * v * v); }, x);
  check_close(value, sum(x * x * x));
  check_close(gradient, 3 * x * x);
  CHECK_FALSE(value.requires_grad());
  const auto [total, gradients] = value_and_grad([](const Tensors& v) { return sum(v[0] * exp(v[1])); }, {x, w});
  check_close(total, sum(x * exp(w)));
  check_close(gradients[0], exp(w));
  check_close(gradients[1], x * exp(w));
  // What the value does not depend on has the gradient 0; the value may be the input itself.
  check_close(value_and_grad([](const Tensor& v) { return sum(v.detach()); }, x).second, zeros({3}, float64));
  check_close(value_and_grad([](const Tensor& v) { return v; }, x[0]).second, ones({}, float64));
  // It works where nothing is recorded.
  const NoGrad no_grad;
  check_close(value_and_grad([](const Tensor& v) { return sum(v * v); }, x).second, 2 * x);
}

TEST_CASE("Jacobians are those of differences and closed forms") {
  const Tensor x = numbers({2, 4});
  const Tensor y = layer(x);
  // d y[i, k] / d x[i, j] = (1 - y[i, k]^2) w[j, k]
  Tensor expected = zeros({2, 3, 2, 4}, float64);
  for (int64_t i = 0; i < 2; ++i) {
    expected[i].select(1, i).assign((1 - y[i] * y[i]).expand_dims(1) * weights.transpose());
  }
  check_close(expected, numeric_jacobian(layer, x), 1e-8);
  for (const JacobianMode mode : modes) check_close(jacobian(layer, x, {.mode = mode}), expected);
}

TEST_CASE("Jacobians have the shape of the output, then that of the input") {
  const Tensor x = numbers({2, 3});
  for (const JacobianMode mode : modes) {
    check_close(jacobian([](const Tensor& v) { return sum(v * v); }, x, {.mode = mode}), 2 * x);
    CHECK(jacobian([](const Tensor& v) { return sum(v, 0); }, x, {.mode = mode}).shape() == Shape{3, 2, 3});
    check_close(jacobian([](const Tensor& v) { return v * v; }, numbers({}), {.mode = mode}), 2 * numbers({}));
    check_close(jacobian([](const Tensor& v) { return v * numbers({5}); }, numbers({}), {.mode = mode}), numbers({5}));
    check_close(jacobian([](const Tensor&) { return ones({2}, float64); }, x, {.mode = mode}),
                zeros({2, 2, 3}, float64));
    check_close(jacobian([](const Tensor& v) { return v; }, numbers({3}), {.mode = mode}), eye(3, 3, float64));
    CHECK(jacobian([](const Tensor& v) { return v * 2; }, zeros({0}, float64), {.mode = mode}).shape() == Shape{0, 0});
    CHECK(jacobian([](const Tensor& v) { return sum(v); }, zeros({0}, float64), {.mode = mode}).shape() == Shape{0});
    CHECK(jacobian(
              [](const Tensor& v) {
                return v.slice(0, {0, 0});
              },
              numbers({3}), {.mode = mode})
              .shape() == Shape{0, 3});
  }
}

TEST_CASE("Jacobians of several inputs and outputs are nested lists") {
  const Tensor a = numbers({2}), b = numbers({3}, 2);
  const ListFunction f = [](const Tensors& x) -> Tensors { return {x[0].expand_dims(1) * x[1], exp(x[1]), sum(x[0])}; };
  for (const JacobianMode mode : modes) {
    const auto found = jacobian(f, {a, b}, {.mode = mode});
    REQUIRE(found.size() == 3);
    for (const auto& row : found) REQUIRE(row.size() == 2);
    check_close(found[0][0], numeric_jacobian([&](const Tensor& v) { return f({v, b})[0]; }, a), 1e-8);
    check_close(found[0][1], numeric_jacobian([&](const Tensor& v) { return f({a, v})[0]; }, b), 1e-8);
    check_close(found[1][0], zeros({3, 2}, float64));
    check_close(found[1][1], eye(3, 3, float64) * exp(b));
    check_close(found[2][0], ones({2}, float64));
    check_close(found[2][1], zeros({3}, float64));
  }
}

TEST_CASE("Jacobians of a batch are those of its examples") {
  const Tensor x = numbers({5, 4});
  for (const JacobianMode mode : modes) {
    const Tensor found = vmap([&](const Tensor& v) { return jacobian(layer, v, {.mode = mode}); })(x);
    for (int64_t i = 0; i < 5; ++i) check_close(found[i], jacobian(layer, x[i]));
  }
}

TEST_CASE("Hessians are those of differences and closed forms") {
  const Tensor x = numbers({4}), a = numbers({4, 4}, 2);
  const Function quadratic = [&](const Tensor& v) { return matmul(v, matmul(a, v)); };
  check_close(hessian(quadratic, x), a + a.transpose());
  const Function f = [&](const Tensor& v) { return sum(tanh(matmul(a, v)) * v); };
  const Tensor found = hessian(f, x);
  check_close(found, numeric_jacobian([&](const Tensor& v) { return value_and_grad(f, v).second; }, x), 1e-7);
  check_close(found, found.transpose());
  // Of a matrix.
  const Function cubic = [](const Tensor& v) { return sum(v * v * v); };
  const Tensor m = numbers({2, 2});
  check_close(hessian(cubic, m), (eye(4, 4, float64) * (6 * m).flatten()).reshape({2, 2, 2, 2}));
  check_close(hessian([](const Tensor& v) { return sum(2 * v); }, x), zeros({4, 4}, float64));

  const Tensor p = numbers({2}, 3), q = numbers({3}, 4);
  const auto blocks = hessian([](const Tensors& v) { return sum(v[0] * v[0]) * sum(exp(v[1])); }, {p, q});
  check_close(blocks[0][0], 2 * eye(2, 2, float64) * sum(exp(q)));
  check_close(blocks[0][1], (2 * p).expand_dims(1) * exp(q));
  check_close(blocks[1][0], blocks[0][1].transpose());
  check_close(blocks[1][1], sum(p * p) * eye(3, 3, float64) * exp(q));
}

TEST_CASE("Hessian-vector products agree in all four orders") {
  const Tensor x = numbers({4}), v = numbers({4}, 2), a = numbers({4, 4}, 3);
  const Function f = [&](const Tensor& u) { return sum(tanh(matmul(a, u)) * exp(u)); };
  const auto gradient = [&](const Tensor& u) { return value_and_grad(f, u).second; };
  const auto slope = [&](const Tensor& u) { return jvp(f, u, v).second; };
  const Tensor expected = matmul(hessian(f, x), v);
  check_close(hvp(f, x, v), expected);
  check_close(value_and_grad(slope, x).second, expected);
  check_close(value_and_grad([&](const Tensor& u) { return sum(gradient(u) * v); }, x).second, expected);
  check_close(jvp(slope, x, numbers({4}, 5)).second, sum(expected * numbers({4}, 5)));
  const Tensors lists = hvp([&](const Tensors& u) { return f(u[0]) * sum(u[1]); }, {x, numbers({2})}, {v, Tensor()});
  check_close(lists[0], expected * sum(numbers({2})));
  check_close(lists[1], broadcast_to(sum(gradient(x) * v), {2}));
}

TEST_CASE("derivatives go on to what requires a gradient outside") {
  const Tensor x = numbers({4}).set_requires_grad(), w = numbers({4, 3}, 7).set_requires_grad();
  const Function f = [&](const Tensor& v) { return tanh(matmul(v, w)); };
  const auto y = [&](const Tensor& u, const Tensor& m) { return tanh(matmul(u, m)); };
  const auto squares = [&](const Tensor& u, const Tensor& m) {
    const Tensor value = y(u, m);
    return sum(square(m * (1 - value * value)));
  };
  const Tensor plain_x = x.detach(), plain_w = w.detach();
  const Tensor dx = value_and_grad([&](const Tensor& u) { return squares(u, plain_w); }, plain_x).second;
  const Tensor dw = value_and_grad([&](const Tensor& m) { return squares(plain_x, m); }, plain_w).second;
  for (const JacobianMode mode : modes) {
    const Tensors found = grad(sum(square(jacobian(f, x, {.mode = mode}))), {x, w});
    check_close(found[0], dx);
    check_close(found[1], dw);
    // The tensor closed over alone.
    check_close(grad(sum(square(jacobian(f, plain_x, {.mode = mode}))), w), dw);
  }
  const auto [value, gradient] = value_and_grad([&](const Tensor& v) { return sum(f(v)); }, plain_x);
  check_close(grad(value, w), value_and_grad([&](const Tensor& m) { return sum(y(plain_x, m)); }, plain_w).second);
  CHECK(gradient.requires_grad());
  const NoGrad no_grad;
  CHECK_FALSE(jacobian(f, x).requires_grad());
}

TEST_CASE("derivatives nest without confusing each other") {
  const Tensor x = numbers({3});
  const Function f = [](const Tensor& v) { return sum(v * v * v); };
  const Function slope = [&](const Tensor& v) { return value_and_grad(f, v).second; };
  // x times the derivative by y of x y, at x: x^2 on the diagonal.
  const Function product = [](const Tensor& v) {
    return v * value_and_grad([&](const Tensor& u) { return sum(v * u); }, v).second;
  };
  const Tensor third = jacobian([&](const Tensor& v) { return jacobian(slope, v); }, x);
  for (const JacobianMode outer : modes) {
    for (const JacobianMode inner : modes) {
      check_close(jacobian([&](const Tensor& v) { return jacobian(slope, v, {.mode = inner}); }, x, {.mode = outer}),
                  third);
    }
    check_close(jacobian(product, x, {.mode = outer}), 2 * eye(3, 3, float64) * x);
  }
  CHECK(third.shape() == Shape{3, 3, 3});
  CHECK(third[1][1][1].item() == Approx(6));
  CHECK(third[1][1][2].item() == 0);
}

TEST_CASE("results of nested derivatives carry no graph of the calls within") {
  const Tensor x = numbers({3});
  const auto slope = [](const Tensor& u) {
    return sum(square(value_and_grad([](const Tensor& v) { return sum(v * v * v); }, u).second));
  };
  const auto [value, gradient] = value_and_grad(slope, x);
  CHECK_FALSE(value.requires_grad());
  CHECK_FALSE(gradient.requires_grad());
  check_close(gradient, 36 * x * x * x);
  const Tensor w = numbers({3}).set_requires_grad();
  CHECK(value_and_grad([&](const Tensor& u) { return sum(w * slope(u)); }, x).second.requires_grad());
}

TEST_CASE("Jacobians of mixed types have the types of outputs in all modes") {
  const Tensor x = numbers({3}).astype(float32);
  const auto f = [](const Tensor& u) { return u.astype(float64) * 2; };
  for (const JacobianMode mode : {JacobianMode::forward, JacobianMode::reverse}) {
    const Tensor found = jacobian(f, x, {.mode = mode});
    CHECK(found.dtype() == float64);
    CHECK(array_equal(found, 2 * eye(3, -1, float64)));
  }
}

TEST_CASE("bad arguments of derivatives are refused") {
  const Tensor x = numbers({3});
  const Function f = [](const Tensor& v) { return v * v; };
  CHECK_THROWS_WITH(jacobian(Function(), x), Contains("jacobian: the function is empty"));
  CHECK_THROWS_WITH(hessian(f, x), Contains("hessian: the function must return one number, its value has shape [3]"));
  CHECK_THROWS_AS(value_and_grad(f, x), ShapeError);
  CHECK_THROWS_WITH(hvp(f, x, x), Contains("hvp: the function must return one number"));
  CHECK_THROWS_WITH(jacobian(f, arange(3)), Contains("jacobian: input 0"));
  CHECK_THROWS_AS(jacobian(f, arange(3)), DTypeError);
  CHECK_THROWS_AS(vjp(f, Tensor()), ValueError);
  for (const JacobianMode mode : modes) {
    CHECK_THROWS_WITH(jacobian([](const Tensor& v) { return argmax(v, 0); }, x, {.mode = mode}),
                      Contains("jacobian: output 0"));
  }
  const auto number = [&](const Tensor& v) { return sum(f(v)); };
  CHECK_THROWS_AS(hvp(number, x, ones({2}, float64)), ShapeError);
  CHECK_THROWS_WITH(hvp(number, x, ones({2}, float64)), Contains("hvp: tangent 0 must have shape"));
  CHECK_THROWS_WITH(hvp(number, x, ones(x.shape(), float32)), Contains("hvp: tangent 0 must be float64"));
  const auto back = vjp(ListFunction([](const Tensors& v) { return v; }), {x}).second;
  CHECK_THROWS_WITH(back({}), Contains("vjp: expected a gradient for each value, given 0 gradients for 1 values"));
  CHECK_THROWS_WITH(back({ones({2}, float64)}), Contains("vjp: gradient 0 must have shape [3], given [2]"));
  CHECK_THROWS_WITH(back({ones({3})}), Contains("vjp: gradient 0 must be float64, given float32"));
}

TEST_CASE("the function that vjp returns is a function of its gradients too") {
  const Tensor x = tensor({1.0, 2.0}, float64), u = tensor({3.0, 5.0}, float64);
  const auto back = vjp(Function([](const Tensor& v) { return v * v; }), x).second;
  check_close(vjp(Function(back), ones({2}, float64)).second(u), 2 * x * u);
  for (const JacobianMode mode : modes) {
    check_close(jacobian(Function(back), ones({2}, float64), {.mode = mode}), eye(2, 2, float64) * (2 * x));
  }
  const NoGrad no_grad;
  CHECK_FALSE(back(u.clone().set_requires_grad()).requires_grad());
}

TEST_CASE("all directions of a Jacobian see the same random numbers") {
  const Tensor x = ones({6}, float64), y = ones({6}, float64);
  const ListFunction noisy = [](const Tensors& v) -> Tensors { return {dropout(v[0] * v[1], 0.5)}; };
  for (const JacobianMode mode : modes) {
    set_random_seed(3);
    const auto found = jacobian(noisy, {x, y}, {.mode = mode});
    set_random_seed(3);
    const Tensor kept = noisy({x, y})[0];
    check_close(found[0][0], eye(6, 6, float64) * kept);
    check_close(found[0][1], eye(6, 6, float64) * kept);
  }
  set_random_seed(3);
  const Tensor second = hessian([](const Tensor& v) { return sum(square(dropout(v, 0.5))); }, x);
  set_random_seed(3);
  check_close(second, eye(6, 6, float64) * (2 * square(dropout(x, 0.5))));
}

}  // namespace xtape::test
