#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Derivatives where functions have reached their limits: never NaN where the true value is finite, of first and second
// order. The references are closed forms in long double.
namespace xtape::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

using Number = long double;
using Function = std::function<Tensor(const Tensor&)>;

struct Derivatives {
  double first, second;
};

Derivatives derivatives_of(const Function& function, double at, DType dtype) {
  const Tensor x = full({1}, at, dtype).set_requires_grad();
  const Tensor first = grad(function(x).sum(), x, {.create_graph = true});
  Derivatives result{first.item(), 0};
  if (first.requires_grad()) {
    const Tensor second = grad(first.sum(), x, {.allow_unused = true});
    if (second.defined()) result.second = second.item();
  }
  return result;
}

// Far enough out that all of these functions have reached their limits, near enough that products stay finite.
Number bounded(Number x) { return std::clamp(x, -1e15L, 1e15L); }

Number sigmoid_of(Number x) { return 1 / (1 + std::exp(-x)); }
Number slope_of_sigmoid(Number x) { return sigmoid_of(x) * sigmoid_of(-x); }
Number density(Number x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi_v<Number>); }

struct Row {
  std::string name;
  Function function;
  std::function<Number(Number)> first, second;
};

std::vector<Row> rows() {
  const auto s = sigmoid_of;
  const auto ds = slope_of_sigmoid;
  // The inner function of the approximate gelu, and its derivatives.
  const Number scale = 2 * std::sqrt(2 / std::numbers::pi_v<Number>), cubic = 0.044715L;
  const auto u = [=](Number x) { return scale * (x + cubic * x * x * x); };
  const auto du = [=](Number x) { return scale * (1 + 3 * cubic * x * x); };
  const auto ddu = [=](Number x) { return scale * 6 * cubic * x; };
  const auto t = [](Number x) { return std::tanh(std::log1p(std::exp(std::min(x, 60.0L)))); };
  const auto q = [](Number x) {  // 1 - t^2, without the difference
    const Number e = std::exp(std::min(x, 60.0L)), n = e * (e + 2);
    return 4 * (n + 1) / ((n + 2) * (n + 2));
  };
  return {
      {"sigmoid", sigmoid, ds, [=](Number x) { return ds(x) * (1 - 2 * s(x)); }},
      {"tanh", tanh, [](Number x) { return 1 - std::tanh(x) * std::tanh(x); },
       [](Number x) { return -2 * std::tanh(x) * (1 - std::tanh(x) * std::tanh(x)); }},
      {"softplus", softplus, s, ds},
      {"log_sigmoid", log_sigmoid, [=](Number x) { return s(-x); }, [=](Number x) { return -ds(x); }},
      {"squareplus", [](const Tensor& x) { return squareplus(x); },
       [](Number x) { return (1 + x / std::sqrt(x * x + 4)) / 2; },
       [](Number x) { return 2 / std::pow(x * x + 4, 1.5L); }},
      {"sparse_plus", sparse_plus, [](Number x) { return std::clamp((x + 1) / 2, 0.0L, 1.0L); },
       [](Number x) { return std::abs(x) < 1 ? 0.5L : 0; }},
      {"hard_silu", hard_silu, [](Number x) { return x < -3  ? 0
                                                     : x > 3 ? 1
                                                             : x / 3 + 0.5L; },
       [](Number x) { return std::abs(x) < 3 ? 1.0L / 3 : 0; }},
      {"tanh_shrink", tanh_shrink, [](Number x) { return std::tanh(x) * std::tanh(x); },
       [](Number x) { return 2 * std::tanh(x) * (1 - std::tanh(x) * std::tanh(x)); }},
      {"hard_tanh", hard_tanh, [](Number x) { return std::abs(x) < 1 ? 1 : 0; }, [](Number) { return 0; }},
      {"soft_shrink", [](const Tensor& x) { return soft_shrink(x); },
       [](Number x) { return std::abs(x) > 0.5L ? 1 : 0; }, [](Number) { return 0; }},
      {"hard_shrink", [](const Tensor& x) { return hard_shrink(x); },
       [](Number x) { return std::abs(x) > 0.5L ? 1 : 0; }, [](Number) { return 0; }},
      {"threshold", [](const Tensor& x) { return threshold(x, 1, -3); }, [](Number x) { return x > 1 ? 1 : 0; },
       [](Number) { return 0; }},
      {"silu", silu, [=](Number x) { return s(x) + x * ds(x); },
       [=](Number x) { return ds(x) * (2 + x * (1 - 2 * s(x))); }},
      {"gelu", [](const Tensor& x) { return gelu(x); },
       [](Number x) { return (1 + std::erf(x / std::numbers::sqrt2_v<Number>)) / 2 + x * density(x); },
       [](Number x) { return density(x) * (2 - x * x); }},
      {"gelu(approximate)", [](const Tensor& x) { return gelu(x, true); },
       [=](Number x) { return s(u(x)) + x * ds(u(x)) * du(x); },
       [=](Number x) {
         const Number slope = ds(u(x));
         return slope == 0 ? 0 : 2 * slope * du(x) + x * slope * ((1 - 2 * s(u(x))) * du(x) * du(x) + ddu(x));
       }},
      {"mish", mish, [=](Number x) { return t(x) + x * q(x) * s(x); },
       [=](Number x) { return 2 * q(x) * s(x) + x * q(x) * (ds(x) - 2 * t(x) * s(x) * s(x)); }},
      {"softsign", softsign, [](Number x) { return 1 / ((1 + std::abs(x)) * (1 + std::abs(x))); },
       [](Number x) { return x == 0 ? 0 : (x < 0 ? 2 : -2) / std::pow(1 + std::abs(x), 3.0L); }},
      {"elu", [](const Tensor& x) { return elu(x); }, [](Number x) { return x > 0 ? 1 : std::exp(x); },
       [](Number x) { return x > 0 ? 0 : std::exp(x); }},
      {"celu", [](const Tensor& x) { return celu(x, 0.5); }, [](Number x) { return x > 0 ? 1 : std::exp(2 * x); },
       [](Number x) { return x > 0 ? 0 : 2 * std::exp(2 * x); }},
      {"selu", selu,
       [](Number x) { return 1.0507009873554804934L * (x > 0 ? 1 : 1.6732632423543772848L * std::exp(x)); },
       [](Number x) { return x > 0 ? 0 : 1.0507009873554804934L * 1.6732632423543772848L * std::exp(x); }},
      {"erf", erf, [](Number x) { return 2 / std::sqrt(std::numbers::pi_v<Number>) * std::exp(-x * x); },
       [](Number x) { return -4 * x / std::sqrt(std::numbers::pi_v<Number>) * std::exp(-x * x); }},
      {"relu", relu, [](Number x) { return x > 0 ? 1 : 0; }, [](Number) { return 0; }},
      {"relu6", relu6, [](Number x) { return x > 0 && x < 6 ? 1 : 0; }, [](Number) { return 0; }},
      {"hard_sigmoid", hard_sigmoid, [](Number x) { return x > -3 && x < 3 ? 1.0L / 6 : 0; }, [](Number) { return 0; }},
      {"leaky_relu", [](const Tensor& x) { return leaky_relu(x); }, [](Number x) { return x > 0 ? 1 : 0.2L; },
       [](Number) { return 0; }},
      {"sign", sign, [](Number) { return 0; }, [](Number) { return 0; }},
      {"round", round, [](Number) { return 0; }, [](Number) { return 0; }},
      {"clip", [](const Tensor& x) { return clip(x, -1, 1); }, [](Number x) { return std::abs(x) <= 1 ? 1 : 0; },
       [](Number) { return 0; }},
      {"abs", abs, [](Number x) { return x > 0   ? 1
                                         : x < 0 ? -1
                                                 : 0; }, [](Number) { return 0; }},
  };
}

const std::vector<double> magnitudes = {0,  1e-30, 0.5, 2.75, 5.5,  10.5, 15,      25,
                                        45, 100,   800, 1e5,  1e20, 1e30, infinity};

}  // namespace

TEST_CASE("activations have first and second derivatives at any argument") {
  for (const Row& row : rows()) {
    for (const DType dtype : {float32, float64}) {
      for (const double magnitude : magnitudes) {
        for (const double at : {magnitude, -magnitude}) {
          INFO(row.name << " at " << at << " in " << dtype);
          const Derivatives actual = derivatives_of(row.function, at, dtype);
          const double tolerance = dtype == float32 ? 2e-6 : 1e-14;
          CHECK(std::abs(actual.first - static_cast<double>(row.first(bounded(at)))) <= tolerance);
          CHECK(std::abs(actual.second - static_cast<double>(row.second(bounded(at)))) <= 4 * tolerance);
        }
      }
    }
  }
}

TEST_CASE("powers that overflow are infinite") {
  const std::vector<double> infinite(6, infinity);
  CHECK(power(2, tensor({128.f, 129.f, 200.f, 255.f, 300.f, 1e30f})).to_vector<double>() == infinite);
  CHECK(power(tensor({2.f, 10.f, 7.f, 1e10f, -2.f, 3e38f}), 200).to_vector<double>() == infinite);
  CHECK(power(tensor({0.5f, 0.1f, 10.f, 3e38f, 0.3f, 1e-30f}), tensor({-200.f, -50.f, 39.f, 5.f, -99.f, -2.f}))
            .to_vector<double>() == infinite);
  CHECK(power(tensor({2.0, 10.0, 3.0, 7.0, 1.5, 1e300}), 2000).to_vector<double>() == infinite);
  CHECK(power(tensor({2.f}), 127).item() == std::pow(2.0, 127));
  const Tensor x = full({1}, 10, float32).set_requires_grad();
  CHECK(grad(power(x, 40).sum(), x).item() == infinity);
}

TEST_CASE("activations have values at infinity") {
  for (const DType dtype : {float32, float64}) {
    const Tensor x = tensor({infinity, -infinity}, dtype);
    const auto values = [](const Tensor& y) { return y.to_vector<double>(); };
    for (const Function& function :
         {Function(silu), Function(mish), Function([](const Tensor& v) { return gelu(v); }),
          Function([](const Tensor& v) { return gelu(v, true); }), Function(softplus), Function(relu),
          Function(hard_silu), Function(sparse_plus), Function([](const Tensor& v) { return squareplus(v); }),
          Function([](const Tensor& v) { return leaky_relu(v, 0); })})
      CHECK(values(function(x)) == std::vector<double>{infinity, 0});
    CHECK(values(softsign(x)) == std::vector<double>{1, -1});
    CHECK(values(log_sigmoid(x)) == std::vector<double>{0, -infinity});
    CHECK(values(sparse_sigmoid(x)) == std::vector<double>{1, 0});
    CHECK(values(hard_tanh(x)) == std::vector<double>{1, -1});
    CHECK(values(tanh_shrink(x)) == std::vector<double>{infinity, -infinity});
    CHECK(values(soft_shrink(x)) == std::vector<double>{infinity, -infinity});
    CHECK(values(celu(x, 0.5)) == std::vector<double>{infinity, -0.5});
    CHECK(values(relu6(x)) == std::vector<double>{6, 0});
    CHECK(values(hard_sigmoid(x)) == std::vector<double>{1, 0});
    CHECK(values(elu(x)) == std::vector<double>{infinity, -1});
    const auto of_numbers = [&](auto function) { return values(elementwise("f", function)(x)); };
    CHECK(of_numbers([](auto v) { return silu(v); }) == std::vector<double>{infinity, 0});
    CHECK(of_numbers([](auto v) { return mish(v); }) == std::vector<double>{infinity, 0});
    CHECK(of_numbers([](auto v) { return gelu(v); }) == std::vector<double>{infinity, 0});
    CHECK(of_numbers([](auto v) { return gelu(v, true); }) == std::vector<double>{infinity, 0});
    CHECK(of_numbers([](auto v) { return softsign(v); }) == std::vector<double>{1, -1});
  }
}

TEST_CASE("small derivatives of exponentials keep their digits") {
  for (const double at : {-1.0, -10.0, -30.0, -80.0}) {
    for (const Function& function : {Function([](const Tensor& x) { return elu(x); }), Function(expm1)}) {
      CHECK(derivatives_of(function, at, float32).first == Approx(std::exp(at)).epsilon(1e-6));
      CHECK(derivatives_of(function, at, float64).first == Approx(std::exp(at)).epsilon(1e-14));
      CHECK(derivatives_of(function, at, float64).second == Approx(std::exp(at)).epsilon(1e-14));
    }
  }
  CHECK(derivatives_of(softsign, 1e6, float32).first == Approx(1 / (1 + 1e6) / (1 + 1e6)).epsilon(1e-6));
}

TEST_CASE("a zero keeps its sign to odd powers") {
  for (const DType type : {float32, float64}) {
    const Tensor exponents = tensor({-3.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0}).astype(type);
    for (const double zero : {0.0, -0.0}) {
      const auto powers = power(full(exponents.shape(), zero, type), exponents).to_vector<double>();
      for (std::size_t i = 0; i < powers.size(); ++i) {
        const double exponent = exponents.select(0, static_cast<int64_t>(i)).item<double>();
        const double expected = std::pow(zero, exponent);
        INFO(zero << " to the " << exponent);
        CHECK((powers[i] == expected && std::signbit(powers[i]) == std::signbit(expected)));
        const double scalar = power(full({1}, zero, type), exponent).item<double>();
        CHECK((scalar == expected && std::signbit(scalar) == std::signbit(expected)));
      }
    }
  }
}

TEST_CASE("powers at zero have the derivatives that polynomials have") {
  struct Expected {
    double exponent, first, second;
  };
  for (const Expected& expected : {Expected{0, 0, 0}, {1, 1, 0}, {2, 0, 2}, {3, 0, 0}, {0.5, infinity, -infinity}}) {
    for (const DType dtype : {float32, float64}) {
      INFO("x^" << expected.exponent << " in " << dtype);
      for (const bool tensor_exponent : {false, true}) {
        const Derivatives actual = derivatives_of(
            [&](const Tensor& x) {
              return tensor_exponent ? power(x, full({1}, expected.exponent, dtype)) : power(x, expected.exponent);
            },
            0, dtype);
        CHECK(actual.first == expected.first);
        CHECK(actual.second == expected.second);
      }
    }
  }
  // Both are variables: of x^2 the derivatives are 2 x and 0, and d(2 x)/dx is 2.
  const Tensor x = full({1}, 0., float64).set_requires_grad(), exponent = full({1}, 2., float64).set_requires_grad();
  const auto first = grad({power(x, exponent).sum()}, {x, exponent}, {.create_graph = true});
  CHECK(first[0].item() == 0);
  CHECK(first[1].item() == 0);
  CHECK(grad((first[0] + first[1]).sum(), x).item() == 2);
  // d/dp of p x^(p - 1) at p = 0 is 1 / x.
  const Tensor two = full({1}, 2., float64).set_requires_grad(), none = full({1}, 0., float64).set_requires_grad();
  const Tensor slope = grad(power(two, none).sum(), two, {.create_graph = true});
  CHECK(slope.item() == 0);
  CHECK(grad(slope.sum(), none).item() == Approx(0.5));
}

TEST_CASE("a branch that is not taken has no derivative, even where there is none") {
  const std::vector<Function> functions = {sqrt,
                                           log,
                                           log1p,
                                           rsqrt,
                                           reciprocal,
                                           [](const Tensor& x) { return power(x, 0.5); },
                                           [](const Tensor& x) { return power(x, -1.5); },
                                           [](const Tensor& x) { return power(x, full({1}, 0.5, x.dtype())); },
                                           [](const Tensor& x) { return power(x, full({1}, -1.5, x.dtype())); },
                                           [](const Tensor& x) { return 1 / x; },
                                           [](const Tensor& x) { return x / maximum(x, 0); },
                                           [](const Tensor& x) { return (x * 3 - x) / (maximum(x, 0) * x); }};
  for (std::size_t i = 0; i < functions.size(); ++i) {
    for (const double at : {0.0, -1.0, -2.5}) {
      for (const DType dtype : {float32, float64}) {
        INFO("function " << i << " at " << at << " in " << dtype);
        const Derivatives actual =
            derivatives_of([&](const Tensor& x) { return where(x > 0, functions[i](x), x * x); }, at, dtype);
        CHECK(actual.first == 2 * at);
        CHECK(actual.second == 2);
      }
    }
  }
  // The gradient may also vanish where there is a slope: its derivative is not lost.
  const Derivatives actual = derivatives_of([](const Tensor& x) { return square(sqrt(x) - 1); }, 1, float64);
  CHECK(actual.first == 0);
  CHECK(actual.second == 0.5);
}

TEST_CASE("both operands of a branch that is not taken have no derivative") {
  for (const DType dtype : {float32, float64}) {
    const Tensor a = tensor({0.0, 1.0, -1.0, 6.0}, dtype).set_requires_grad();
    const Tensor b = tensor({0.0, 0.0, -0.0, 2.0}, dtype).set_requires_grad();
    for (const bool create_graph : {false, true}) {
      const auto quotient = grad({where(b != 0, a / b, 0).sum()}, {a, b}, {.create_graph = create_graph});
      CHECK(array_equal(quotient[0].detach(), tensor({0.0, 0.0, 0.0, 0.5}, dtype)));
      CHECK(array_equal(quotient[1].detach(), tensor({0.0, 0.0, 0.0, -1.5}, dtype)));
    }
    const Tensor base = tensor({0.0, -2.0, infinity, 2.0}, dtype).set_requires_grad();
    const Tensor exponent = tensor({-1.0, 0.5, 2.0, 3.0}, dtype).set_requires_grad();
    for (const bool create_graph : {false, true}) {
      const auto taken = where(base == 2, power(base, exponent), 0);
      const auto result = grad({taken.sum()}, {base, exponent}, {.create_graph = create_graph});
      CHECK(array_equal(result[0].detach(), tensor({0.0, 0.0, 0.0, 12.0}, dtype)));
      CHECK(allclose(result[1], tensor({0.0, 0.0, 0.0, 8 * std::log(2.0)}, dtype)));
    }
    // What is taken is not hidden.
    CHECK(grad((a / b).sum(), a).to_vector<double>()[0] == infinity);
    CHECK(std::isnan(grad((a / b).sum(), b).to_vector<double>()[0]));
  }
}

TEST_CASE("an infinite gradient does not pass where there is no slope") {
  for (const Function& function : {Function(relu), Function(relu6), Function(sign), Function(floor), Function(round),
                                   Function(hard_sigmoid), Function([](const Tensor& x) { return clip(x, 0, 1); }),
                                   Function([](const Tensor& x) { return maximum(x, 0); }),
                                   Function([](const Tensor& x) { return leaky_relu(x, 0); }),
                                   Function([](const Tensor& x) { return where(x > 0, x, 0); }),
                                   Function([](const Tensor& x) { return power(x, 0); }),
                                   Function([](const Tensor& x) { return power(x, zeros({1}, x.dtype())); })}) {
    for (const DType dtype : {float32, float64}) {
      const Tensor x = full({19}, -4.5, dtype).set_requires_grad();
      backward({function(x)}, {full({19}, infinity, dtype)});
      CHECK(array_equal(x.grad(), zeros({19}, dtype)));
    }
  }
}

TEST_CASE("the standard deviation of equal elements has the derivative 0") {
  for (const DType dtype : {float32, float64}) {
    for (const double value : {0.0, 1.0, 1e30, 1e-30}) {
      const Tensor x = full({2, 8}, value, dtype).set_requires_grad();
      const Tensor deviation = std(x, 1);
      CHECK(array_equal(deviation.detach(), zeros({2}, dtype)));
      deviation.sum().backward();
      CHECK(array_equal(x.grad(), zeros({2, 8}, dtype)));
    }
  }
}

TEST_CASE("reductions of nothing, of one element and of infinities") {
  for (const DType dtype : {float32, float64}) {
    const Tensor nothing = zeros({0}, dtype);
    CHECK(sum(nothing).item() == 0);
    CHECK(prod(nothing).item() == 1);
    for (const Tensor& result : {mean(nothing), var(nothing), std(nothing)}) CHECK(std::isnan(result.item()));
    // NumPy's divisor is never negative.
    const Tensor pair = tensor({1.0, 3.0}, dtype);
    CHECK(var(pair, {}, false, 1).item() == 2);
    CHECK(var(pair, {}, false, 2).item() == infinity);
    CHECK(var(pair, {}, false, 3).item() == infinity);
    CHECK(std::isnan(var(full({1}, 5, dtype), {}, false, 1).item()));
    // No element has a part in a sum of nothing but exp(-infinity).
    const Tensor x = tensor({{-infinity, -infinity}, {-infinity, 1e30}, {0, 0}}, dtype).set_requires_grad();
    const Tensor y = logsumexp(x, 1);
    CHECK(allclose(y.detach(), tensor({-infinity, 1e30, std::log(2.0)}, dtype), 1e-6));
    y.sum().backward();
    CHECK(x.grad().to_vector<double>() == std::vector<double>{0, 0, 0, 1, 0.5, 0.5});
  }
}

TEST_CASE("normalization by given statistics keeps its digits far from zero") {
  const Tensor offset = tensor({-1, 0, 1, 2}).reshape({4, 1}).astype(float32), one = ones({1});
  const Tensor mean = full({1}, 1e6), x = offset + mean;
  CHECK(allclose(batch_norm(x, {}, {}, mean, one, 0.0), offset, 1e-6, 1e-6));
  const Tensor leaf = x.detach().set_requires_grad();
  CHECK(allclose(batch_norm(leaf, {}, {}, mean, one, 0.0), offset, 1e-6, 1e-6));
}

TEST_CASE("the cross-entropy of probabilities that are all 0 is that of the smallest one") {
  for (const DType dtype : {float32, float64}) {
    INFO(name(dtype));
    const Tensor p = tensor({{0.0, 0.0}, {1.0, 3.0}}, dtype).set_requires_grad();
    const double smallest = -std::log(1e-7);
    const Tensor loss = categorical_crossentropy(tensor({{0.0, 1.0}, {0.0, 1.0}}, dtype), p);
    CHECK(allclose(loss.detach(), tensor({smallest, -std::log(0.75)}, dtype), 1e-6));
    CHECK(grad(loss, p, {.gradients = {ones({2}, dtype)}})[0].to_vector<double>() == std::vector<double>{0, 0});
    const Tensor sparse = sparse_categorical_crossentropy(tensor({1, 1}), p.detach());
    CHECK(allclose(sparse, tensor({smallest, -std::log(0.75)}, dtype), 1e-6));
  }
}

TEST_CASE("squareplus of large negative numbers is b / (4 |x|)") {
  for (const DType dtype : {float32, float64}) {
    for (const double x : {-1e17, -1e18, -2e18, -1e19, -1e30}) {
      CHECK(squareplus(full({1}, x, dtype)).item() == Approx(1 / -x).epsilon(1e-6));
    }
  }
}

TEST_CASE("a variance of no degrees of freedom has no derivative in either mode") {
  const Tensor x = tensor({{2.0}, {3.0}}, float64).set_requires_grad();
  for (const bool root : {false, true}) {
    const auto function = [&](const Tensor& v) {
      return root ? xtape::std(v, 1, false, 1) : xtape::var(v, 1, false, 1);
    };
    CHECK(all(isnan(function(x))).item() == 1);
    CHECK(all(isnan(grad(function(x).sum(), x))).item() == 1);
    const DualLevel level;
    const auto [value, tangent] = level.unpack_dual(function(level.make_dual(x.detach(), ones({2, 1}, float64))));
    CHECK(all(isnan(tangent)).item() == 1);
  }
}

}  // namespace xtape::test
