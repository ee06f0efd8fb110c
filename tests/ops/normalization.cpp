#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>
#include <xtape/gradcheck.hpp>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

namespace xtape::test {
namespace {

using UnaryOp = std::function<Tensor(const Tensor&)>;
using Tensors = std::vector<Tensor>;

Tensor tangent_of(const UnaryOp& f, const Tensor& x, const Tensor& dx) {
  return jvp(f, x, dx).second;
}

// Value and derivatives of f at size * x, in each way to take them, as those of a function to which the size does not
// matter at x.
std::vector<std::pair<std::string, Tensor>> in_each_way(const UnaryOp& f, const Tensor& at_one, double size,
                                                        DType dtype) {
  const Tensor x = (at_one * size).astype(dtype), d = (cos(at_one * 5) * size).astype(dtype);
  const Tensor weights = sin(arange(x.numel()).astype(float64) * 1.7 + 1.0).reshape(x.shape()).astype(dtype);
  const UnaryOp weighed = [&](const Tensor& z) { return sum(f(z) * weights); };
  const UnaryOp gradient = [&](const Tensor& z) { return value_and_grad(weighed, z).second; };
  const UnaryOp tangent = [&](const Tensor& z) { return tangent_of(f, z, d); };
  const auto at_size_one = [&](const Tensor& derivative) { return derivative.astype(float64) * size; };
  const Tensor leaf = x.clone().set_requires_grad();
  const Tensor recorded = grad(weighed(leaf), leaf, {.create_graph = true}), along = sum(recorded * d);
  return {{"value", f(x).astype(float64)},
          {"value, mapped", vmap(f)(stack({x, x}))[1].astype(float64)},
          {"gradient", at_size_one(gradient(x))},
          {"gradient, recorded", at_size_one(recorded.detach())},
          {"gradient, mapped", at_size_one(vmap(gradient)(stack({x, x}))[1])},
          {"tangent", tangent(x).astype(float64)},
          {"tangent, mapped", vmap(tangent)(stack({x, x}))[1].astype(float64)},
          {"gradient of gradient", at_size_one(grad(along, leaf))},
          {"tangent of gradient", at_size_one(tangent_of(gradient, x, d))},
          {"tangent of tangent", tangent_of(tangent, x, d).astype(float64)}};
}

}  // namespace

TEST_CASE("spectral_norm finds the largest singular value, and its vectors are constants in the derivative") {
  // Singular values 3 and 0.5, turned.
  const double c = std::cos(0.3), s = std::sin(0.3);
  const Tensor turn = tensor({{c, -s}, {s, c}}, float64);
  const Tensor kernel = matmul(turn, matmul(tensor({{3.0, 0.0}, {0.0, 0.5}}, float64), turn)).set_requires_grad();
  const Tensor start = tensor({{0.6, 0.8}}, float64);
  const SpectralNormResult result = spectral_norm(kernel, start, 30);
  CHECK(allclose(result.kernel, kernel / 3, 1e-10));
  CHECK_FALSE(result.vector.requires_grad());
  // With the vectors u and v that it has found: d(w / u w v) = dw / sigma - w u dw v / sigma^2.
  const Tensor v = result.vector.reshape({2, 1});
  const Tensor u = matmul(kernel.detach(), v) / 3;
  const Tensor g = sample({2, 2}, {}, 4);
  const Tensor expected = g / 3 - matmul(u, v.transpose()) * (sum(g * kernel.detach()) / 9);
  CHECK(allclose(grad({result.kernel}, {kernel}, {.gradients = {g}})[0], expected, 1e-8, 1e-9));
  // A step goes on where the last one has ended.
  const SpectralNormResult once = spectral_norm(kernel, start), twice = spectral_norm(kernel, once.vector);
  CHECK(allclose(twice.vector, spectral_norm(kernel, start, 2).vector, 1e-12));
  CHECK(spectral_norm(ones({3, 3, 2, 4}), ones({1, 4})).kernel.shape() == Shape{3, 3, 2, 4});
}

TEST_CASE("normalizations over axes refuse what does not fit") {
  const Tensor x = ones({2, 3, 4});
  CHECK_THROWS_WITH(layer_norm(x, ones({4, 3}), {}, 1e-3, {1, 2}),
                    "layer_norm: parameters must have shape [3, 4] for x [2, 3, 4], got [4, 3]");
  CHECK_THROWS_AS(layer_norm(x, {}, {}, 1e-3, 3), IndexError);
  CHECK_THROWS_AS(layer_norm(x, {}, {}, 1e-3, {1, -2}), ValueError);
  CHECK_THROWS_AS(layer_norm(x, ones({3, 4}, float64), {}, 1e-3, {1, 2}), DTypeError);
  CHECK_THROWS_WITH(rms_norm(x, ones({3})), "rms_norm: parameters must have shape [4] for x [2, 3, 4], got [3]");
  CHECK_THROWS_AS(rms_norm(x, {}, -1), ValueError);
  CHECK_THROWS_WITH(group_norm(x, {}, {}, 3), "group_norm: 3 groups do not divide 4 channels");
  CHECK_THROWS_AS(group_norm(x, {}, {}, 0), ValueError);
  CHECK_THROWS_AS(group_norm(ones({4}), {}, {}, 2), ShapeError);
  CHECK_THROWS_WITH(masked_batch_norm(x, {}, {}, ones({2, 4}, bool_)),
                    "masked_batch_norm: expected mask of shape [2, 3] for x [2, 3, 4], got [2, 4]");
  CHECK_THROWS_AS(masked_batch_norm(x, {}, {}, ones({2, 3})), DTypeError);
  CHECK_THROWS_WITH(spectral_norm(ones({2, 3}), ones({1, 2})),
                    "spectral_norm: expected vector of shape [1, 3], got [1, 2]");
  CHECK_THROWS_AS(spectral_norm(ones({2, 3}), ones({1, 3}), 0), ValueError);
  CHECK_THROWS_AS(spectral_norm(ones({3}), ones({1, 3})), ShapeError);
  CHECK_THROWS_AS(normalize(x, 0, 0), ValueError);
  CHECK_THROWS_AS(normalize(x, 3), IndexError);
}

TEST_CASE("normalize leaves zeros, and has a finite derivative there") {
  const Tensor x = tensor({{0.0, 0.0}, {3.0, 4.0}}, float64).set_requires_grad();
  for (const double order : {1.0, 2.0, double(INFINITY)}) {
    const Tensor y = normalize(x, -1, order);
    CHECK(array_equal(y[0], zeros({2}, float64)));
    CHECK(all(isfinite(grad(y.sum(), x))).item<bool>());
  }
  CHECK(allclose(normalize(x)[1], tensor({0.6, 0.8}, float64)));
  CHECK(normalize(ones({2, 2}, int32)).dtype() == float64);
}

TEST_CASE("vectors of any size are scaled to their norm, with derivatives") {
  for (const DType dtype : {float32, float64}) {
    const double root = std::sqrt(12.5), allowed = dtype == float32 ? 1e-5 : 1e-12;
    for (const double size : {1.0, 1e15, 1e19, 1e30, 5e37, 1e160, 2e307, 1e-5, 1e-25, 1e-170}) {
      if (dtype == float32 && (size > 1e38 || size < 1e-30)) continue;
      INFO(size << " in " << dtype);
      const Tensor x = (tensor({{3.0, 4.0}, {-4.0, 3.0}}, float64) * size).astype(dtype), a = tensor({0.6, 0.8}, dtype),
                   b = tensor({-0.8, 0.6}, dtype);
      const Tensor t = tensor({2.0, 1.0}, dtype);
      // Times x's size, so that it is within the range: t - y (t y), over the norm of 3 and 4.
      const auto check_derivative = [&](const auto& f, double factor) {
        const Tensor z = x.detach().set_requires_grad();
        const Tensor along = (sum(t * a) * a), expected = (t - along) * (factor / 5);
        CHECK(allclose(grad(sum(f(z)[0] * t), z)[0] * size, expected, allowed, allowed));
        const auto of_list = [&](const std::vector<Tensor>& in) { return std::vector<Tensor>{f(in[0])}; };
        const auto [values, tangents] = jvp(of_list, {x}, {stack({t, t}) * std::min(size, 1e30)});
        CHECK(allclose(tangents[0][0] * (size / std::min(size, 1e30)), expected, allowed, allowed));
      };
      const auto unit = [](const Tensor& z) { return normalize(z, -1, 2, 1e-200); };
      CHECK(allclose(unit(x), stack({a, b}), allowed, allowed));
      CHECK(allclose(normalize(transpose(x), 0, 2, 1e-200), transpose(stack({a, b})), allowed, allowed));
      check_derivative(unit, 1);
      const auto rms = [](const Tensor& z) { return rms_norm(z, {}, 0); };
      CHECK(allclose(rms(x), stack({a, b}) * (5 / root), allowed, allowed));
      check_derivative(rms, 5 / root);
      const Tensor mapped = vmap(std::function<Tensor(const Tensor&)>(rms))(x);
      CHECK(allclose(mapped, stack({a, b}) * (5 / root), allowed, allowed));
      if (size < 1) continue;
      CHECK(allclose(rms_norm(x, {}), stack({a, b}) * (5 / root), 1e-5, 1e-5));
      CHECK(allclose(losses::cosine_similarity(x, x), full({2}, -1, dtype), allowed, allowed));
    }
  }
  // Rows within the range keep their bits beside one that is not, and what is infinite or NaN shows.
  const Tensor x = randn({3, 70}), y = rms_norm(x, {});
  x[1].fill(1e30);
  CHECK(array_equal(rms_norm(x, {})[0], y[0]));
  CHECK(array_equal(rms_norm(x, {})[2], y[2]));
  CHECK(allclose(rms_norm(x, {})[1], ones({70})));
  CHECK(isnan(rms_norm(tensor({double(INFINITY), 1.0}), {})[0]).item<bool>());
  CHECK(isnan(normalize(tensor({double(NAN), 1.0}))[1]).item<bool>());
}

TEST_CASE("normalizations have values and derivatives at any size, in each way to take them") {
  const Tensor x = tensor({{0.5, -1.0, 0.75, 0.25, 0.6, -0.3}, {1.0, 0.9, -0.8, 0.3, -0.1, 0.7}}, float64);
  struct Case {
    std::string name;
    UnaryOp function;
  };
  std::vector<Case> cases{{"layer_norm", [](const Tensor& z) { return layer_norm(z, {}, {}, 0); }},
                          {"layer_norm of columns", [](const Tensor& z) { return layer_norm(z, {}, {}, 0, 0); }},
                          {"group_norm", [](const Tensor& z) { return group_norm(z, {}, {}, 2, 0); }},
                          {"rms_norm", [](const Tensor& z) { return rms_norm(z, {}, 0); }},
                          {"rms_norm of columns", [](const Tensor& z) { return rms_norm(z, {}, 0, 0); }}};
  for (const double order : {0.5, 1.0, 2.0, 3.0, double(INFINITY)}) {
    cases.push_back(
        {"normalize " + std::to_string(order), [=](const Tensor& z) { return normalize(z, -1, order, 1e-310); }});
  }
  for (const auto& [name, function] : cases) {
    const auto expected = in_each_way(function, x, 1, float64);
    for (const DType dtype : {float32, float64}) {
      const double allowed = dtype == float32 ? 1e-4 : 1e-12;
      for (const double size :
           {1.0, 1e18, 3e19, 1e30, 5e37, 1e155, 5e306, 1e-19, 3e-22, 3e-23, 1e-25, 1e-155, 1e-170}) {
        if (dtype == float32 && (size > 1e38 || size < 1e-30)) continue;
        const auto given = in_each_way(function, x, size, dtype);
        for (std::size_t i = 0; i < given.size(); ++i) {
          INFO(given[i].first << " of " << name << " at " << size << " in " << dtype);
          CHECK(allclose(given[i].second, expected[i].second, allowed, 10 * allowed));
        }
      }
    }
  }
}

TEST_CASE("normalizations hold at the ends of the range, where sums of tangents might overflow") {
  const Tensor x = tensor({1.0, 0.9, 0.95, 0.98, 0.93, 0.97}), top = x * 3e38f, turned = top.slice(0, {.step = -1});
  for (const UnaryOp& f : std::vector<UnaryOp>{[](const Tensor& z) { return layer_norm(z, {}, {}, 0); },
                                               [](const Tensor& z) { return rms_norm(z, {}, 0); },
                                               [](const Tensor& z) { return normalize(z, -1, 2, 1e-30); }}) {
    const Tensor expected = tangent_of(f, x, x.slice(0, {.step = -1}));
    CHECK(allclose(tangent_of(f, top, turned), expected, 1e-4, 1e-5));
    CHECK(allclose(vmap([&](const Tensor& z) { return tangent_of(f, z, turned); })(stack({top, top}))[1], expected,
                   1e-4, 1e-5));
  }
  CHECK(allclose(normalize(full({1 << 20}, 3e38)), full({1 << 20}, 0x1p-10), 1e-6, 0));
  const Tensor unit = tensor({0.6, 0.8}, float64);
  CHECK(allclose(normalize((unit * 1e-40).astype(float32), -1, 2, 1e-310), unit.astype(float32), 1e-4, 0));
  CHECK(allclose(normalize(unit * 1e-310, -1, 2, 1e-320), unit, 1e-10, 0));
}

TEST_CASE("derivatives of layer_norm hold for rows of equal and nearly equal elements") {
  const UnaryOp f = [](const Tensor& z) { return sum(layer_norm(z, {}, {}) * tensor({1.0, 2.0, 4.0, 1.0, 3.0})); };
  const Tensor x = full({2, 5}, 1e38).set_requires_grad();
  const Tensor plain = grad(f(x), x);
  CHECK(all(isfinite(plain)).item<bool>());
  CHECK(allclose(grad(f(x), x, {.create_graph = true}).detach(), plain, 1e-5));
  const Tensor d = tensor({1.0, 2.0, 4.0, 1.0, 3.0});
  const UnaryOp tangent = [&](const Tensor& row) {
    return tangent_of([](const Tensor& z) { return layer_norm(z, {}, {}); }, row, d);
  };
  CHECK(allclose(vmap(tangent)(x.detach())[1], tangent(x.detach()[1]), 1e-5));
  for (const double epsilon : {1e-3, 1e-12, 0.0}) {
    const auto norm = [=](const Tensors& in) { return Tensors{layer_norm(in[0], {}, {}, epsilon)}; };
    const auto report = gradcheck(norm, {sample({3, 4}).set_requires_grad()});
    INFO(report.message);
    CHECK(report.passed);
  }
  const auto report = gradcheck([](const Tensors& in) { return Tensors{layer_norm(in[0], {}, {}, 1.0)}; },
                                {full({2, 4}, 3, float64).set_requires_grad()});
  INFO(report.message);
  CHECK(report.passed);
}

TEST_CASE("a variance beyond the range leaves beta of batch_norm, in each derivative too") {
  const Tensor x = tensor({{0.5}, {-1.0}, {0.75}, {0.3}}) * 1e25f, d = tensor({{1.0}, {2.0}, {-1.0}, {0.5}}) * 1e25f;
  const Tensor gamma = tensor({2.0}), beta = tensor({3.0}), none = zeros({4, 1});
  const UnaryOp f = [&](const Tensor& z) { return batch_norm(z, gamma, beta).y; };
  const UnaryOp weighed = [&](const Tensor& z) { return sum(f(z) * tensor({{1.0}, {2.0}, {3.0}, {5.0}})); };
  const UnaryOp gradient = [&](const Tensor& z) { return value_and_grad(weighed, z).second; };
  CHECK(array_equal(f(x), full({4, 1}, 3)));
  CHECK(array_equal(gradient(x), none));
  CHECK(array_equal(tangent_of(f, x, d), none));
  CHECK(array_equal(tangent_of(gradient, x, d), none));
  CHECK(array_equal(tangent_of([&](const Tensor& z) { return tangent_of(f, z, d); }, x, d), none));
  const Tensor leaf = x.clone().set_requires_grad();
  const Tensor recorded = grad(weighed(leaf), leaf, {.create_graph = true});
  CHECK(array_equal(recorded.detach(), none));
  CHECK(array_equal(grad(sum(recorded * d), leaf), none));
  const auto of_all = [](const Tensors& in) { return Tensors{batch_norm(in[0], in[1], in[2]).y}; };
  CHECK(array_equal(jvp(of_all, {x, gamma, beta}, {d, gamma, beta}).second[0], full({4, 1}, 3)));
}

TEST_CASE("normalize of any order divides by epsilon at least, leaves zeros, and shows what is infinite or NaN") {
  for (const double order : {0.5, 1.0, 2.0, 3.0, double(INFINITY)}) {
    INFO(order);
    for (const DType dtype : {float32, float64}) {
      for (const double epsilon : {1e-7, 1e-40, 1e-50, 1e-310}) {
        const Tensor x = zeros({2, 3}, dtype).set_requires_grad(), y = normalize(x, -1, order, epsilon);
        CHECK(array_equal(y.detach(), zeros({2, 3}, dtype)));
        CHECK_FALSE(any(isnan(grad(y.sum(), x))).item<bool>());
      }
      // Where the norm is less than epsilon, and powers vanish.
      const Tensor small = tensor({{3.0, 0.0}}, dtype) * 1e-20;
      CHECK(allclose(normalize(small, -1, order, 1e-10), tensor({{3e-10, 0.0}}, dtype), 1e-5, 0));
    }
    const Tensor row = normalize(tensor({double(INFINITY), 1.0, -2.0}), -1, order);
    CHECK(isnan(row[0]).item<bool>());
    CHECK(array_equal(abs(row.slice(0, {1, 3})), zeros({2})));
    CHECK(all(isnan(normalize(tensor({double(NAN), 1.0, -2.0}), -1, order))).item<bool>());
    const Tensor x = randn({3, 70}), before = normalize(x, -1, order);
    x[1].fill(1e30);
    CHECK(array_equal(normalize(x, -1, order)[0], before[0]));
    CHECK(array_equal(normalize(x, -1, order)[2], before[2]));
    CHECK(normalize(zeros({0, 3}), -1, order).shape() == Shape{0, 3});
  }
  CHECK(normalize(zeros({2, 0}), -1, 3).shape() == Shape{2, 0});
}

TEST_CASE("masked places have no part in the statistics of a batch, whatever they hold") {
  const Tensor mask = tensor({{true, true, false}, {true, false, false}});
  const Tensor x = sample({2, 3, 2}), broken = where(mask.expand_dims(-1), x, std::numeric_limits<double>::quiet_NaN());
  const BatchNormResult clean = masked_batch_norm(x, {}, {}, mask), other = masked_batch_norm(broken, {}, {}, mask);
  CHECK(array_equal(clean.mean, other.mean));
  CHECK(array_equal(clean.variance, other.variance));
  const Tensor counted = stack({x[{0, 0}], x[{0, 1}], x[{1, 0}]});
  CHECK(allclose(clean.mean, mean(counted, 0), 1e-6));
  CHECK(allclose(clean.variance, var(counted, 0), 1e-6));
  CHECK_FALSE(clean.mean.requires_grad());
  const BatchNormResult none = masked_batch_norm(x, {}, {}, zeros({2, 3}, bool_));
  CHECK(array_equal(none.mean, zeros({2}, float64)));
  CHECK(array_equal(none.variance, zeros({2}, float64)));
  // A mask of each channel is that of places where all channels agree.
  const BatchNormResult by_channel = masked_batch_norm(x, {}, {}, broadcast_to(mask.expand_dims(-1), {2, 3, 2}));
  CHECK(allclose(by_channel.y, clean.y, 1e-12));
  const Tensor first = tensor({{{1, 0}, {1, 0}, {0, 1}}, {{0, 1}, {0, 1}, {0, 1}}}).astype(bool_);
  CHECK(allclose(masked_batch_norm(x, {}, {}, first).mean[{0}], mean(stack({x[{0, 0, 0}], x[{0, 1, 0}]})), 1e-6));
}

}  // namespace xtape::test
