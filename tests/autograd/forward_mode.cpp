#include <algorithm>
#include <cmath>
#include <memory>
#include <thread>
#include <xtape/memory.hpp>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

namespace xtape::test {
namespace {

using Tensors = std::vector<Tensor>;
using Function = std::function<Tensor(const Tensor&)>;

// The derivative of f at x along t by forward mode.
Tensor forward(const Function& f, const Tensor& x, const Tensor& t) {
  return jvp(f, x, t).second;
}
Tensor forward(const Function& f, const Tensor& x) { return forward(f, x, ones_like(x)); }

// The derivative of sum(f) at x by reverse mode, within whatever runs outside.
Tensor reverse(const Function& f, const Tensor& x) {
  const Tensor variable = x.requires_grad() ? x : x * 1;
  if (!variable.requires_grad()) variable.set_requires_grad();
  return grad({sum(f(variable))}, {variable}, {.create_graph = true})[0];
}

}  // namespace

TEST_CASE("jvp gives values and tangents") {
  const auto [values, tangents] = jvp(
      [](const Tensors& x) -> Tensors {
        return {x[0] * x[1], sum(x[0]), argmax(x[1], 0)};
      },
      {tensor({1.0, 2.0}), tensor({3.0, 5.0})}, {tensor({1.0, 0.5}), Tensor()});
  CHECK(array_equal(values[0], tensor({3.0, 10.0})));
  CHECK(array_equal(tangents[0], tensor({3.0, 2.5})));
  CHECK(tangents[1].item<double>() == 1.5);
  CHECK_FALSE(tangents[2].defined());
}

TEST_CASE("jvp of a function to one tensor gives no lists") {
  const Tensor x = tensor({1.0, 2.0}), y = tensor({3.0, 5.0}), t = tensor({1.0, 0.5});
  const auto [product, along] = jvp([](const Tensors& in) { return in[0] * in[1]; }, {x, y}, {t, Tensor()});
  CHECK(array_equal(product, tensor({3.0, 10.0})));
  CHECK(array_equal(along, tensor({3.0, 2.5})));
  const auto [square_of_x, slope] = jvp([](const Tensor& in) { return in * in; }, x, t);
  CHECK(array_equal(square_of_x, tensor({1.0, 4.0})));
  CHECK(array_equal(slope, tensor({2.0, 2.0})));
  CHECK_FALSE(jvp([](const Tensor& in) { return argmax(in, 0); }, x, t).second.defined());
  CHECK(array_equal(jvp([](const Tensor& in) { return in * in; }, x, Tensor()).second, zeros({2})));
  // The one that is passed in may be the one that comes out.
  CHECK(array_equal(jvp([](const Tensor& in) { return in; }, x, t).second, t));
}

TEST_CASE("jvp says which argument does not fit") {
  const Tensor x = tensor({1.0, 2.0});
  const auto same = [](const Tensor& in) { return in; };
  const auto first = [](const Tensors& in) { return in[0]; };
  CHECK_THROWS_WITH(jvp(std::function<Tensor(const Tensor&)>(), x, x), "jvp: the function is empty");
  CHECK_THROWS_WITH(jvp(std::function<Tensor(const Tensors&)>(), {x}, {x}), "jvp: the function is empty");
  CHECK_THROWS_WITH(jvp(same, Tensor(), x), "jvp: primal 0 is undefined");
  CHECK_THROWS_WITH(jvp(same, x, ones({3})), "jvp: tangent 0 must have shape [2], given [3]");
  CHECK_THROWS_AS(jvp(same, x, ones({2}, float64)), DTypeError);
  CHECK_THROWS_WITH(jvp(first, {x, x}, {x}), "jvp: expected a tangent for each primal: primals 2, tangents 1");
  CHECK_THROWS_WITH(jvp(first, {x, x}, {x, ones({3})}), "jvp: tangent 1 must have shape [2], given [3]");
  CHECK_THROWS_WITH(jvp([](const Tensor&) { return Tensor(); }, x, x), "jvp: output 0 is undefined");
  // Nothing is left of a call that threw.
  CHECK(array_equal(jvp(same, x, x).second, x));
}

TEST_CASE("an output that does not depend on the inputs has the tangent 0") {
  const Tensor constant = tensor({4.0});
  CHECK(array_equal(forward([&](const Tensor&) { return constant; }, tensor({1.0})), tensor({0.0})));
  CHECK(array_equal(forward([](const Tensor& x) { return x.detach() * 2; }, tensor({1.0})), tensor({0.0})));
}

// Siskind and Pearlmutter, Perturbation confusion and referential transparency, 2005.
TEST_CASE("perturbations of nested derivatives are not confused") {
  const Tensor one = tensor({1.0});
  const auto inner_forward = [&](const Tensor& x) { return x * forward([&](const Tensor& y) { return x + y; }, one); };
  const auto inner_at_x = [&](const Tensor& x) { return x * forward([&](const Tensor& y) { return x * y; }, x); };
  CHECK(forward(inner_forward, one).item<double>() == 1);
  // x * d/dy (x y) = x^2
  CHECK(forward(inner_at_x, tensor({3.0})).item<double>() == 6);
  CHECK(reverse(inner_forward, tensor({1.0})).item<double>() == 1);
  CHECK(reverse(inner_at_x, tensor({3.0})).item<double>() == 6);
  CHECK(forward([&](const Tensor& x) { return x * reverse([&](const Tensor& y) { return x + y; }, one); }, one)
            .item<double>() == 1);
  CHECK(
      reverse([&](const Tensor& x) { return x * reverse([&](const Tensor& y) { return x + y; }, one); }, tensor({1.0}))
          .item<double>() == 1);
}

TEST_CASE("forward and reverse mode nest in any order") {
  const Tensor x = sample({4}, {-1, 1}, 3).astype(float64);
  const auto f = [](const Tensor& v) { return sin(v) * v * v; };
  // f' = cos(x) x^2 + 2 x sin(x); f'' = -sin(x) x^2 + 4 x cos(x) + 2 sin(x)
  const Tensor second = -sin(x) * x * x + 4 * x * cos(x) + 2 * sin(x);
  const auto forward_of = [](const Function& g) { return [g](const Tensor& v) { return forward(g, v); }; };
  const auto reverse_of = [](const Function& g) { return [g](const Tensor& v) { return reverse(g, v); }; };
  CHECK(allclose(forward(forward_of(f), x), second, 1e-12, 1e-12));
  CHECK(allclose(forward(reverse_of(f), x), second, 1e-12, 1e-12));
  CHECK(allclose(reverse(forward_of(f), x * 1), second, 1e-12, 1e-12));
  CHECK(allclose(reverse(reverse_of(f), x * 1), second, 1e-12, 1e-12));
  const Tensor third = reverse(reverse_of(reverse_of(f)), x * 1);
  CHECK(allclose(forward(reverse_of(forward_of(f)), x), third, 1e-12, 1e-12));
  CHECK(allclose(reverse(forward_of(forward_of(f)), x * 1), third, 1e-12, 1e-12));
  CHECK(allclose(forward(forward_of(forward_of(f)), x), third, 1e-12, 1e-12));
}

TEST_CASE("a tensor that outlives its jvp counts as its value") {
  Tensor leaked;
  forward([&](const Tensor& x) { return leaked = x * 2; }, tensor({1.0}));
  CHECK(array_equal(forward([&](const Tensor& x) { return x * leaked; }, tensor({3.0})), tensor({2.0})));
}

TEST_CASE("a level in a scope gives and takes tangents") {
  const Tensor x = tensor({2.0, 3.0});
  Tensor outside;
  {
    const DualLevel level;
    const Tensor dual = level.make_dual(x, tensor({1.0, 10.0}));
    const auto [value, tangent] = level.unpack_dual(dual * x);
    CHECK(array_equal(value, tensor({4.0, 9.0})));
    CHECK(array_equal(tangent, tensor({2.0, 30.0})));
    CHECK_FALSE(level.unpack_dual(x * x).second.defined());
    {
      const DualLevel inner;
      CHECK_FALSE(inner.unpack_dual(dual).second.defined());
      const auto [outer_part, inner_part] = inner.unpack_dual(inner.make_dual(dual, dual) * 1);
      CHECK(array_equal(level.unpack_dual(inner_part).second, tensor({1.0, 10.0})));
    }
    CHECK_THROWS_AS(level.make_dual(x, ones({3})), ShapeError);
    CHECK_THROWS_AS(level.make_dual(arange(2), arange(2)), DTypeError);
    outside = dual;
  }
  CHECK(array_equal(outside * 2, tensor({4.0, 6.0})));
}

TEST_CASE("tangents pass through results that a recorded derivative reads") {
  // exp, softmax, division, sqrt and lstm save their results.
  const Tensor x = tensor({{0.5, 1.25}}, float64), t = tensor({{1.0, -2.0}}, float64);
  const std::vector<Function> functions{
      [](const Tensor& v) { return exp(v); }, [](const Tensor& v) { return square(softmax(v)); },
      [](const Tensor& v) { return 1 / v; }, [](const Tensor& v) { return sqrt(v) * tanh(v); },
      [](const Tensor& v) { return dense(v, eye(2, 2, float64), {}, "sigmoid"); }};
  for (const Function& f : functions) {
    const auto gradient = [&](const Tensor& v, bool create_graph) {
      Tensor variable = v;
      if (!variable.requires_grad()) variable.set_requires_grad();
      return grad({sum(f(variable))}, {variable}, {.create_graph = create_graph})[0];
    };
    const Tensor once = forward([&](const Tensor& v) { return gradient(v, false); }, x, t);
    const Tensor recorded = forward([&](const Tensor& v) { return gradient(v, true); }, x, t);
    CHECK(any(once != 0).item<bool>());
    CHECK(allclose(recorded, once, 1e-14, 1e-14));
  }
}

TEST_CASE("lifts of levels that have ended come off first, whatever their values are lifted to") {
  const Tensor three = tensor({3.0}, float64);
  const auto [value, tangent] = jvp(
      [](const Tensors& x) -> Tensors {
        Tensor kept;
        {
          const DualLevel inner;
          kept = inner.make_dual(x[0], ones_like(x[0]));
        }
        return {kept * kept, kept};
      },
      {three}, {ones_like(three)});
  CHECK((value[0].item() == 9 && tangent[0].item() == 6 && tangent[1].item() == 1));

  // Nor are they taken for those of another thread's level.
  Tensor leaked;
  std::thread([&] {
    const DualLevel level;
    leaked = level.make_dual(three, three);
  }).join();
  std::thread([&] {
    const DualLevel level;
    CHECK_FALSE(level.unpack_dual(leaked * leaked).second.defined());
  }).join();
  // And they are no reason to refuse anything.
  const Tensor sum_of_all = zeros({1}, float64);
  sum_of_all += leaked;
  leaked += 1;
  CHECK((sum_of_all.item() == 3 && three.item() == 4));

  Tensor chain = three;
  for (int i = 0; i < 1'000'000; ++i) {
    const DualLevel level;
    chain = level.make_dual(chain, three);
  }
  CHECK(chain.item() == 4);
}

TEST_CASE("levels that end in another order, or elsewhere, leave nothing behind") {
  const Tensor x = tensor({2.0}, float64);
  auto first = std::make_unique<DualLevel>(), second = std::make_unique<DualLevel>();
  const Tensor dual = second->make_dual(x, ones_like(x));
  first.reset();
  CHECK(second->unpack_dual(dual * dual).second.item() == 4);
  second.reset();
  auto elsewhere = std::make_unique<DualLevel>();
  std::thread([&] { elsewhere.reset(); }).join();
  CHECK((dual * dual).item() == 4);
  CHECK(forward([](const Tensor& v) { return v * v; }, x).item() == 4);
}

TEST_CASE("results that have no derivative, and none at all, are results under forward mode too") {
  const DualLevel level;
  CHECK(split(level.make_dual(zeros({0, 3}), zeros({0, 3})), std::vector<int64_t>{}, 0).empty());

  const CustomOp op{.name = "position_and_double",
                    .forward = [](const Tensors& x) -> Tensors { return {argmax(x[0], 0), x[0] * 2}; },
                    .vjp = [](const Tensors& g, const Tensors&, const Tensors&) -> Tensors { return {g[1] * 2}; },
                    .jvp = [](const Tensors& dx, const Tensors&, const Tensors&) -> Tensors {
                      return {Tensor(), dx[0] * 2};
                    }};
  const Tensor x = tensor({1.0, 3.0}, float64);
  CHECK(array_equal(forward(
                        [&](const Tensor& v) {
                          v.set_requires_grad();
                          const Tensor y = custom_op(op, {v})[1];
                          return grad(sum(y * y), v);
                        },
                        x),
                    full({2}, 8.0, float64)));

  // A zero tangent keeps both graphs apart.
  const CustomOp rounded{.name = "rounded",
                         .forward = [](const Tensors& x) -> Tensors { return {round(x[0])}; },
                         .vjp = [](const Tensors& g, const Tensors&, const Tensors&) { return g; },
                         .jvp = [](const Tensors&, const Tensors&, const Tensors&) -> Tensors { return {Tensor()}; }};
  const Tensor a = tensor({1.3}, float64).set_requires_grad(), w = tensor({2.0}, float64).set_requires_grad();
  const auto values =
      jvp([&](const Tensors& v) -> Tensors { return {custom_op(rounded, {v[0] * w})[0]}; }, {a}, {ones_like(a)}).first;
  const auto gradients = grad({sum(values[0])}, {a, w});
  CHECK((gradients[0].item() == 2 && gradients[1].item() == 1.3));
}

TEST_CASE("tangents that a custom op gives must fit its results") {
  const auto with_jvp = [](decltype(CustomOp::jvp) jvp) {
    const CustomOp op{.name = "twice",
                      .forward = [](const Tensors& x) -> Tensors { return {x[0] * 2}; },
                      .vjp = [](const Tensors& g, const Tensors&, const Tensors&) -> Tensors { return {g[0] * 2}; },
                      .jvp = std::move(jvp)};
    forward([&](const Tensor& v) { return custom_op(op, {v})[0]; }, tensor({1.0, 2.0}));
  };
  CHECK_THROWS_WITH(
      with_jvp([](const Tensors& dx, const Tensors&, const Tensors&) -> Tensors { return {sum(dx[0])}; }),
      Contains("twice: jvp must return a tangent of shape [2] and type float32, got [] and float32"));
  CHECK_THROWS_WITH(
      with_jvp([](const Tensors& dx, const Tensors&, const Tensors&) -> Tensors { return {dx[0].astype(float64)}; }),
      Contains("got [2] and float64"));
  CHECK_THROWS_WITH(with_jvp([](const Tensors&, const Tensors&, const Tensors&) -> Tensors { return {}; }),
                    Contains("twice: jvp must return 1 tangents, got 0"));
}

TEST_CASE("logits behind probabilities carry their tangents without a graph") {
  const Tensor x = tensor({{1.0, 0.0}}, float64), t = tensor({{1.0, 0.0}}, float64);
  const Tensor tangent = forward(
      [](const Tensor& v) {
        v.set_requires_grad();
        const Tensor logits = v * 1;
        const NoGrad no_grad;
        return categorical_crossentropy(tensor({{0.0, 1.0}}, float64), softmax(logits));
      },
      x, t);
  CHECK(tangent.item() == Approx(std::exp(1.0) / (std::exp(1.0) + 1)));
}

TEST_CASE("the function's arguments are its own") {
  const Tensor x = tensor({1.0}), y = tensor({2.0});
  jvp([](const Tensors& v) -> Tensors { return {v[0].set_requires_grad() * v[1].set_requires_grad()}; }, {x, y},
      {ones_like(x), Tensor()});
  CHECK_FALSE(x.requires_grad());
  CHECK_FALSE(y.requires_grad());
}

TEST_CASE("NoGrad around jvp records nothing, and grad within works") {
  const Tensor x = tensor({2.0}).set_requires_grad();
  const NoGrad no_grad;
  const Tensor tangent = forward([](const Tensor& v) { return v * v * v; }, x);
  CHECK(tangent.item<double>() == 12);
  CHECK_FALSE(tangent.requires_grad());
}

TEST_CASE("what would lose a tangent is refused") {
  const Tensor x = tensor({1.0, 2.0});
  const Tensor target = zeros({2}, float64);
  CHECK_THROWS_WITH(forward([&](const Tensor& v) { return target.assign(v); }, x),
                    Contains("tangent"));
  CHECK_THROWS_WITH(forward(
                        [&](const Tensor& v) {
                          Tensor y = v * 1;
                          y += 1;
                          return y;
                        },
                        x),
                    Contains("tangent"));
  CHECK_THROWS_WITH(forward(
                        [](const Tensor& v) {
                          const Tensor weight = ones({2});
                          sgd_update({weight}, {v * 3}, {}, {.learning_rate = 0.1});
                          return weight * v;
                        },
                        x),
                    Contains("sgd_update: a tensor of shape [2] carries a tangent"));
  CHECK_THROWS_WITH(forward(
                        [](const Tensor& v) {
                          v.data<float>()[0] = 5;
                          return v;
                        },
                        x),
                    Contains("data: a tensor of shape [2] carries a tangent"));
  CHECK_THROWS_AS(jvp([](const Tensors& v) { return v; }, {x}, {}), ValueError);
  CHECK_THROWS_AS(jvp([](const Tensors& v) { return v; }, {x}, {ones({3})}), ShapeError);
  CHECK_THROWS_AS(jvp([](const Tensors& v) { return v; }, {x}, {ones({2}, float64)}), DTypeError);
}

TEST_CASE("a direction that is changed before a derivative reads it is found") {
  const Tensor x = tensor({1.0, 2.0}), t = tensor({1.0, 1.0});
  const auto gradient = [&](const Tensor& v) {
    v.set_requires_grad();
    const Tensor y = sum(v * v * v);
    t *= 3.0;
    return grad(y, v);
  };
  CHECK_THROWS_WITH(jvp(gradient, x, t), Contains("that 'multiply' saved was changed in place"));
  const Tensor later = tensor({1.0, 1.0});
  const auto recomputed = [&](const Tensor& v) {
    v.set_requires_grad();
    const Tensor y = sum(checkpoint([](const Tensors& in) -> Tensors { return {in[0] * in[0] * in[0]}; }, {v})[0]);
    later *= 3.0;
    return grad(y, v);
  };
  CHECK_THROWS_WITH(jvp(recomputed, x, later), Contains("was changed in place"));
}

TEST_CASE("a chain of a million operations under jvp keeps no tensor but the last") {
  int64_t most = 0;
  const auto [values, tangents] = jvp(
      [&](const Tensors& inputs) -> Tensors {
        Tensor x = inputs[0];
        const int64_t before = memory_statistics().allocated_bytes;
        for (int i = 0; i < 500'000; ++i) {
          x = x * 0.5 + 1;
          if (i % 1000 == 0) most = std::max(most, memory_statistics().allocated_bytes - before);
        }
        return {x};
      },
      {tensor({1.0})}, {tensor({1.0})});
  CHECK(most < 10'000);
  CHECK(values[0].item<double>() == 2);
  CHECK(tangents[0].item<double>() == 0);
}

TEST_CASE("a value may become contiguous where its tangent does not") {
  const Tensor x = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}), c = zeros({3, 2});
  const auto f = [&](const Tensors& v) -> Tensors { return {(v[0].transpose() + c).flatten()}; };
  const auto [values, tangents] = jvp(f, {x}, {x});
  CHECK(array_equal(tangents[0], values[0]));
  CHECK(array_equal(values[0], tensor({1.0, 4.0, 2.0, 5.0, 3.0, 6.0})));
  const auto [plain, repeated] = jvp([](const Tensors& v) -> Tensors { return {v[0].flatten()}; }, {x},
                                     {tensor({1.0, 2.0, 3.0}).broadcast_to({2, 3})});
  CHECK(array_equal(repeated[0], tensor({1.0, 2.0, 3.0, 1.0, 2.0, 3.0})));
}

}  // namespace xtape::test
