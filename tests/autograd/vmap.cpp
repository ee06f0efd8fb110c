#include <sstream>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

namespace xtape::test {
namespace {

using Tensors = std::vector<Tensor>;
using Function = std::function<Tensor(const Tensor&)>;

Tensor numbers(const Shape& shape, uint64_t seed = 1) { return sample(shape, {-1.5, 1.5}, seed).astype(float64); }

// The derivative of f at x along t by forward mode.
Tensor forward(const Function& f, const Tensor& x, const Tensor& t) {
  return jvp([&](const Tensors& inputs) -> Tensors { return {f(inputs[0])}; }, {x}, {t}).second[0];
}

// The gradient of sum(f) at x within whatever runs outside.
Tensor gradient(const Function& f, const Tensor& x) {
  const Tensor variable = x.requires_grad() ? x : x * 1;
  if (!variable.requires_grad()) variable.set_requires_grad();
  return grad(sum(f(variable)), variable, {.create_graph = true});
}

// f of each entry of x along an axis, stacked along another.
Tensor loop(const Function& f, const Tensor& x, int axis = 0, int out_axis = 0) {
  Tensors results;
  for (int64_t i = 0; i < x.shape(axis); ++i) results.push_back(f(x.select(axis, i)));
  return stack(results, out_axis);
}

void check_equal(const Tensor& actual, const Tensor& expected) {
  REQUIRE(actual.shape() == expected.shape());
  REQUIRE(actual.dtype() == expected.dtype());
  CHECK(allclose(actual, expected, 1e-13, 1e-13));
}

}  // namespace

TEST_CASE("vmap is a loop over an axis") {
  const Tensor x = numbers({3, 4, 5});
  const Function f = [](const Tensor& v) { return tanh(v) * sum(v, -1, true); };
  for (const int axis : {0, 1, 2, -1, -3}) {
    for (const int out_axis : {0, 1, 2, -1}) {
      check_equal(vmap(f, {.in_axes = axis, .out_axes = out_axis})(x), loop(f, x, axis, out_axis));
    }
  }
}

TEST_CASE("inputs are mapped along their own axes or not at all") {
  const Tensor a = numbers({3, 4}), b = numbers({4, 3}, 2), c = numbers({4}, 3);
  const auto f = [](const Tensors& x) -> Tensors { return {x[0] * x[1] + x[2], sum(x[0] * x[2]), x[2]}; };
  const Tensors found = vmap(f, {.in_axes = {0, -1, unmapped}, .out_axes = {1, 0, unmapped}})({a, b, c});
  check_equal(found[0], (a * b.transpose() + c).transpose());
  check_equal(found[1], sum(a * c, -1));
  check_equal(found[2], c);
  // What is the same for all examples is repeated.
  check_equal(vmap(f, {.in_axes = {0, 1, unmapped}})({a, b, c})[2], broadcast_to(c, {3, 4}));
}

TEST_CASE("a mapped tensor has the shape of one example") {
  vmap([](const Tensor& v) {
    CHECK(v.shape() == Shape{4});
    CHECK(v.rank() == 1);
    CHECK(v.numel() == 4);
    CHECK(v.dtype() == float64);
    CHECK((v * 2).expand_dims(0).shape() == Shape{1, 4});
    return v;
  })(numbers({3, 4}));
}

TEST_CASE("vmap nests with itself") {
  const Tensor x = numbers({3, 4}), y = numbers({5, 4}, 2);
  const auto distance = [](const Tensors& v) -> Tensors { return {sqrt(sum(square(v[0] - v[1])))}; };
  const auto to_all = vmap(distance, {.in_axes = {unmapped, 0}});
  const Tensor distances = vmap(to_all, {.in_axes = {0, unmapped}})({x, y})[0];
  check_equal(distances, sqrt(sum(square(x.expand_dims(1) - y.expand_dims(0)), -1)));

  // A matrix product from products of vectors; inner and outer are not mixed up.
  const auto dot = [](const Tensors& v) -> Tensors { return {matmul(v[0], v[1])}; };
  const auto row = vmap(dot, {.in_axes = {unmapped, 1}});
  check_equal(vmap(row, {.in_axes = {0, unmapped}})({x, y.transpose()})[0], matmul(x, y.transpose()));
  // Both of one length.
  const Tensor square_one = numbers({4, 4}), square_two = numbers({4, 4}, 2);
  check_equal(vmap(row, {.in_axes = {0, unmapped}})({square_one, square_two})[0], matmul(square_one, square_two));
}

TEST_CASE("gradients within vmap are gradients of each example") {
  const Tensor x = numbers({3, 4});
  const Function f = [](const Tensor& v) { return sum(sin(v) * v); };
  const Tensor expected = cos(x) * x + sin(x);
  check_equal(vmap([&](const Tensor& v) { return gradient(f, v); })(x), expected);
  // A gradient that is the same for all examples.
  check_equal(vmap([&](const Tensor& v) { return gradient([](const Tensor& u) { return sum(3 * u); }, v); })(x),
              3 * ones_like(x));
  // A list in braces is a list, not the first element.
  const Tensors listed = vmap([&](const Tensors& v) -> Tensors {
    const Tensor variable = v[0].detach().set_requires_grad();
    return grad({f(variable)}, {variable});
  })({x});
  check_equal(listed[0], expected);
}

TEST_CASE("gradients flow through the results of vmap") {
  const Tensor x = numbers({3, 4}).set_requires_grad(), w = numbers({4, 2}, 2).set_requires_grad();
  const auto f = [&](const Tensor& v) { return tanh(matmul(v, w)); };
  const Tensor upstream = numbers({3, 2}, 3);
  vmap(f)(x).backward(upstream);
  const Tensor y = tanh(matmul(x.detach(), w.detach())), inner = upstream * (1 - y * y);
  check_equal(x.grad(), matmul(inner, w.detach().transpose()));
  check_equal(w.grad(), matmul(x.detach().transpose(), inner));
}

TEST_CASE("gradients of what closes over a tensor are one for each example") {
  const Tensor x = numbers({3, 4}), w = numbers({4}, 2).set_requires_grad();
  const Tensor per_example = vmap([&](const Tensor& v) { return grad(sum(exp(v * w)), w); })(x);
  check_equal(per_example, (x * exp(x * w)).detach());
  CHECK_FALSE(w.grad().defined());
}

TEST_CASE("gradients within vmap are differentiable outside") {
  const Tensor x = numbers({3, 4}).set_requires_grad();
  const Tensor slopes = vmap([](const Tensor& v) {
    const Tensor variable = (v * 1).set_requires_grad();
    return grad(sum(variable * variable * variable), variable, {.create_graph = true});
  })(x);
  check_equal(grad(sum(slopes), x), 6 * x.detach());
}

TEST_CASE("vmap and jvp nest in any order") {
  const Tensor x = numbers({3, 4}), t = numbers({3, 4}, 2);
  const Function f = [](const Tensor& v) { return sin(v) * sum(v * v); };
  Tensors expected;
  for (int64_t i = 0; i < 3; ++i) expected.push_back(forward(f, x[i], t[i]));
  const Tensors inside = vmap([&](const Tensors& v) -> Tensors { return {forward(f, v[0], v[1])}; })({x, t});
  check_equal(inside[0], stack(expected));
  check_equal(forward([&](const Tensor& v) { return vmap(f)(v); }, x, t), stack(expected));
  // Tangents alone are mapped, and values alone.
  const Tensors along = vmap([&](const Tensors& v) -> Tensors { return {forward(f, v[0], v[1])}; },
                             {.in_axes = {unmapped, 0}})({x[0], t});
  for (int64_t i = 0; i < 3; ++i) check_equal(along[0][i], forward(f, x[0], t[i]));
  const Tensors at = vmap([&](const Tensors& v) -> Tensors { return {forward(f, v[0], v[1])}; },
                          {.in_axes = {0, unmapped}})({x, t[0]});
  for (int64_t i = 0; i < 3; ++i) check_equal(at[0][i], forward(f, x[i], t[0]));
}

TEST_CASE("vmap, jvp and grad nest three deep") {
  const Tensor x = numbers({3, 4}), t = numbers({4}, 2);
  const Function f = [](const Tensor& v) { return sum(tanh(v) * v * v); };
  const auto slope = [&](const Tensor& v) { return gradient(f, v); };
  Tensors expected;
  for (int64_t i = 0; i < 3; ++i) expected.push_back(forward(slope, x[i], t));
  const Tensor products = stack(expected);
  // Forward over reverse within vmap; vmap of gradients within jvp.
  check_equal(vmap([&](const Tensor& v) { return forward(slope, v, t); })(x), products);
  check_equal(forward([&](const Tensor& v) { return vmap(slope)(v); }, x, broadcast_to(t, {3, 4})), products);
  // Reverse over forward within vmap.
  check_equal(vmap([&](const Tensor& v) {
                const Tensor variable = v.detach().set_requires_grad();
                return grad(forward(f, variable, t), variable);
              })(x),
              products);
  // Reverse over vmap over forward.
  const Tensor variable = x.detach().set_requires_grad();
  check_equal(grad(sum(vmap([&](const Tensor& v) { return forward(f, v, t); })(variable)), variable), products);
}

TEST_CASE("what saves its result keeps the lifts of it") {
  // tanh saves its result: third derivatives go through it at every height.
  const Tensor x = numbers({3});
  const auto slope = [](const Function& f) { return [f](const Tensor& v) { return gradient(f, v); }; };
  const Function f = [](const Tensor& v) { return tanh(v); };
  const Tensor y = tanh(x), third = -2 * (1 - y * y) * (1 - 3 * y * y);
  check_equal(forward(slope(slope(f)), x, ones_like(x)), third);
  check_equal(vmap([&](const Tensor& v) { return forward(slope(slope(f)), v, ones_like(v)); })(x), third);
}

TEST_CASE("elementwise functions and custom ops take part in vmap") {
  const Tensor x = numbers({3, 4}), y = numbers({4}, 2);
  const auto hypot = elementwise("hypot", [](auto a, auto b) { return sqrt(a * a + b * b); });
  check_equal(vmap([&](const Tensor& v) { return hypot(v, y); })(x), sqrt(x * x + y * y));
  check_equal(vmap([&](const Tensor& v) { return gradient([&](const Tensor& u) { return hypot(u, y); }, v); })(x),
              x / sqrt(x * x + y * y));

  const CustomOp cube{.name = "cube",
                      .forward = [](const Tensors& inputs) -> Tensors {
                        // May read what it is given: examples are plain tensors here.
                        CHECK(inputs[0].shape() == Shape{4});
                        CHECK(inputs[0].to_vector<double>().size() == 4);
                        return {inputs[0] * inputs[0] * inputs[0]};
                      },
                      .vjp = [](const Tensors& g, const Tensors& inputs, const Tensors&) -> Tensors {
                        return {g[0] * 3 * square(inputs[0])};
                      },
                      .jvp = [](const Tensors& t, const Tensors& inputs, const Tensors&) -> Tensors {
                        return {t[0] * 3 * square(inputs[0])};
                      }};
  const Function f = [&](const Tensor& v) { return custom_op(cube, {v})[0]; };
  check_equal(vmap(f)(x), x * x * x);
  check_equal(vmap([&](const Tensor& v) { return gradient(f, v); })(x), 3 * x * x);
  check_equal(vmap([&](const Tensor& v) { return forward(f, v, v); })(x), 3 * x * x * x);
  check_equal(forward([&](const Tensor& v) { return vmap(f)(v); }, x, x), 3 * x * x * x);
}

TEST_CASE("a custom op that closes over a mapped tensor is refused") {
  vmap([](const Tensor& v) {
    const CustomOp op{.name = "times_v",
                      .forward = [&](const Tensors& x) -> Tensors { return {x[0] * v}; },
                      .vjp = [&](const Tensors& g, const Tensors&, const Tensors&) -> Tensors { return {g[0] * v}; }};
    CHECK_THROWS_WITH(custom_op(op, {v * 2}), Contains("times_v: the function closes over a tensor that vmap maps"));
    return v;
  })(numbers({3, 4}));
}

TEST_CASE("mapped tensors are changed in place example by example") {
  const Tensor x = numbers({3, 4}), y = numbers({4}, 2);
  check_equal(vmap([&](const Tensor& v) {
                Tensor total = v * 1;
                total += v;
                total *= y;
                total -= 1;
                total[0].assign(sum(v));
                total.slice(0, {2, 4}).fill(7);
                return total;
              })(x),
              concatenate({sum(x, 1, true), (2 * x * y - 1).slice(1, {1, 2}), full({3, 2}, 7, float64)}, 1));
  // The argument shares its elements with what was given.
  const Tensor given = x.clone();
  vmap([](const Tensor& v) { return v += 1; })(given);
  check_equal(given, x + 1);
}

TEST_CASE("a tensor that is one for all examples takes in no mapped one") {
  const Tensor x = numbers({3, 4});
  const auto of = [&](const std::function<void(const Tensor&)>& change) {
    return [&x, change] {
      vmap([&](const Tensor& v) {
        change(v);
        return v;
      })(x);
    };
  };
  const Tensor one = zeros({4}, float64);
  CHECK_THROWS_WITH(
      of([&](const Tensor& v) { one.assign(v); })(),
      Contains("assign: a tensor of shape [4] that is one for all examples of vmap cannot take in one that is "
               "mapped"));
  CHECK_THROWS_AS(of([&](const Tensor& v) { one += v; })(), AutogradError);
  CHECK_THROWS_WITH(of([&](const Tensor& v) { v += ones({5}, float64); })(), Contains("[5]"));
  CHECK_THROWS_AS(of([&](const Tensor& v) { v.detach().set_requires_grad() += 1; })(), AutogradError);
  CHECK_THROWS_WITH(of([&](const Tensor& v) { sgd_update({one}, {v}, {}, {.learning_rate = 1}); })(),
                    Contains("is mapped by vmap, which a change in place would lose"));
  CHECK(array_equal(one, zeros({4}, float64)));
}

TEST_CASE("values of mapped tensors are not to be read") {
  const auto reads = [](const std::function<void(const Tensor&)>& read) {
    return [read] {
      vmap([&](const Tensor& v) {
        read(sum(v));
        return v;
      })(numbers({3, 4}));
    };
  };
  const std::string reason =
      ": a tensor that vmap maps, of shape [] for each example, has no values to be read: choose between values by "
      "where";
  CHECK_THROWS_WITH(reads([](const Tensor& v) { v.item(); })(), Contains("item" + reason));
  CHECK_THROWS_WITH(reads([](const Tensor& v) { return (v > 0).item<bool>(); })(), Contains("item" + reason));
  CHECK_THROWS_WITH(reads([](const Tensor& v) { v.data<const double>(); })(), Contains("data" + reason));
  CHECK_THROWS_WITH(reads([](const Tensor& v) { v.data<double>(); })(), Contains("data" + reason));
  CHECK_THROWS_WITH(reads([](const Tensor& v) { v.to_vector<double>(); })(), Contains("to_vector" + reason));
  CHECK_THROWS_WITH(reads([](const Tensor& v) { v.str(); })(), Contains("str" + reason));
  CHECK_THROWS_AS(reads([](const Tensor& v) { std::ostringstream() << v; })(), AutogradError);
  CHECK_THROWS_AS(reads([](const Tensor& v) { allclose(v, v); })(), AutogradError);
  // A tangent on top changes nothing.
  CHECK_THROWS_WITH(reads([](const Tensor& v) {
                      forward(
                          [](const Tensor& u) {
                            u.item();
                            return u;
                          },
                          v, v);
                    })(),
                    Contains("item" + reason));
  // Within forward mode values may be read, and so may tensors that are not mapped.
  reads([](const Tensor&) { CHECK(ones({}).item() == 1); })();
}

TEST_CASE("a mapped tensor that outlives its vmap is refused") {
  Tensor kept;
  vmap([&](const Tensor& v) { return kept = v * 2; })(numbers({3, 4}));
  const std::string reason =
      "a tensor of shape [4] that vmap mapped was used after that vmap had ended; return it from the function";
  CHECK_THROWS_WITH(kept + 1, Contains(reason));
  CHECK_THROWS_WITH(sum(kept), Contains(reason));
  CHECK_THROWS_WITH(concatenate({kept, kept}), Contains(reason));
  CHECK_THROWS_WITH(kept += 1, Contains(reason));
  CHECK_THROWS_AS(kept.item(), AutogradError);
  CHECK_THROWS_WITH(vmap([&](const Tensor& v) { return v * kept; })(numbers({3, 4})), Contains(reason));
  // A tensor that is not mapped may outlive it.
  vmap([&](const Tensor& v) {
    kept = ones({4}) * 2;
    return v;
  })(numbers({3, 4}));
  CHECK(array_equal(kept + 1, full({4}, 3)));
}

TEST_CASE("backward within a transform names grad") {
  const Tensor w = numbers({4}).set_requires_grad();
  const std::string reason = "is within vmap or jvp, whose tensors end with it";
  CHECK_THROWS_WITH(vmap([&](const Tensor& v) {
                      const Tensor loss = sum(v * w);
                      loss.backward();
                      return loss;
                    })(numbers({3, 4})),
                    Contains(reason) && Contains("use grad(loss, {variables...})"));
  CHECK_THROWS_WITH(forward(
                        [&](const Tensor& v) {
                          const Tensor loss = sum(v * w);
                          backward({loss});
                          return loss;
                        },
                        numbers({4}), ones({4}, float64)),
                    Contains(reason));
  CHECK_FALSE(w.grad().defined());
  // What is not lifted may run backward.
  vmap([&](const Tensor& v) {
    sum(w * w).backward();
    return v;
  })(numbers({3, 4}));
  check_equal(w.grad(), 2 * w.detach());
}

TEST_CASE("bad arguments of vmap are refused before the function is called") {
  const Tensor x = numbers({3, 4});
  int calls = 0;
  const auto f = [&](const Tensors& v) {
    ++calls;
    return v;
  };
  CHECK_THROWS_WITH(vmap(Function()), Contains("vmap: the function is empty"));
  CHECK_THROWS_WITH(vmap(f, {.in_axes = {0, 0}})({x}), Contains("vmap: in_axes has 2 axes for 1 inputs"));
  CHECK_THROWS_AS(vmap(f, {.in_axes = {0, 0}})({x}), ValueError);
  CHECK_THROWS_WITH(vmap(f, {.in_axes = 2})({x}), Contains("vmap: input 0") && Contains("2"));
  CHECK_THROWS_AS(vmap(f, {.in_axes = -3})({x}), IndexError);
  CHECK_THROWS_AS(vmap(f)({ones({})}), IndexError);
  CHECK_THROWS_WITH(
      vmap(f)({x, ones({4, 4})}),
      Contains("vmap: mapped axes must have one length: axis 0 of input 0, [3, 4], has 3, axis 0 of input 1, "
               "[4, 4], has 4"));
  CHECK_THROWS_AS(vmap(f)({x, ones({4, 4})}), ShapeError);
  CHECK_THROWS_WITH(vmap(f, {.in_axes = unmapped})({x}), Contains("vmap: in_axes maps no input"));
  CHECK_THROWS_WITH(vmap(f)({}), Contains("vmap: in_axes maps no input"));
  CHECK_THROWS_WITH(vmap(f)({zeros({0, 2})}), Contains("vmap: there are no examples"));
  CHECK_THROWS_AS(vmap(f)({x, Tensor()}), ValueError);
  CHECK(calls == 0);

  CHECK_THROWS_WITH(vmap(f, {.out_axes = {0, 0}})({x}), Contains("vmap: out_axes has 2 axes for 1 outputs"));
  CHECK_THROWS_WITH(vmap(f, {.out_axes = unmapped})({x}),
                    Contains("vmap: output 0 differs between examples, out_axes says that it is unmapped"));
  CHECK_THROWS_AS(vmap(f, {.out_axes = 2})({x}), IndexError);
  CHECK_THROWS_AS(vmap([](const Tensors&) -> Tensors { return {Tensor()}; })({x}), ValueError);
}

TEST_CASE("the arguments of a mapped function are its own") {
  const Tensor x = numbers({3, 4}), w = numbers({4}, 2);
  vmap([](const Tensors& v) -> Tensors { return {v[0].set_requires_grad() * v[1].set_requires_grad()}; },
       {.in_axes = {0, unmapped}})({x, w});
  CHECK_FALSE(x.requires_grad());
  CHECK_FALSE(w.requires_grad());
}

TEST_CASE("levels of forward mode that begin outside, and dual tensors that have ended, are nothing to vmap") {
  const Tensor x = numbers({3, 4}), t = numbers({3, 4}, 2);
  const DualLevel level;
  const auto [value, tangent] = level.unpack_dual(vmap([](const Tensor& v) { return v * v; })(level.make_dual(x, t)));
  check_equal(value, x * x);
  check_equal(tangent, 2 * x * t);
  check_equal(vmap([](const Tensor& v) {
                Tensor kept;
                {
                  const DualLevel inner;
                  kept = inner.make_dual(v, v);
                }
                return kept;
              })(x),
              x);
}

TEST_CASE("an error within vmap leaves no level behind") {
  CHECK_THROWS_AS(vmap([](const Tensor& v) { return matmul(v, ones({7}, float64)); })(numbers({3, 4})), ShapeError);
  const Tensor x = numbers({2, 2});
  check_equal(vmap([](const Tensor& v) { return v * 2; })(x), 2 * x);
}

TEST_CASE("dropout under vmap needs a choice") {
  const Tensor x = ones({50, 40}, float64);
  const auto drop = [](const Tensor& v) { return dropout(v, 0.5); };
  CHECK_THROWS_WITH(vmap(drop)(x), Contains("dropout: vmap does not know whether examples are to draw the same random "
                                            "numbers; pass .randomness = Randomness::different or Randomness::same"));
  CHECK_THROWS_AS(vmap([](const Tensor& v) { return v * dropout(ones({40}, float64), 0.5); })(x), AutogradError);

  set_random_seed(3);
  const Tensor different = vmap(drop, {.randomness = Randomness::different})(x);
  set_random_seed(3);
  check_equal(different, loop(drop, x));
  CHECK_FALSE(array_equal(different[0], different[1]));

  set_random_seed(3);
  const Tensor same = vmap(drop, {.randomness = Randomness::same})(x);
  set_random_seed(3);
  check_equal(same, broadcast_to(drop(x[0]), x.shape()));

  // An argument that is not mapped.
  const auto drop_ones = [](const Tensor& v) { return v * dropout(ones({40}, float64), 0.5); };
  set_random_seed(3);
  check_equal(vmap(drop_ones, {.randomness = Randomness::different})(x), different);
  set_random_seed(3);
  check_equal(vmap(drop_ones, {.randomness = Randomness::same})(x), same);
}

TEST_CASE("gradients and tangents of dropout under vmap take its mask") {
  const Tensor x = numbers({5, 70}) + 3;
  const Function drop = [](const Tensor& v) { return dropout(v, 0.5); };
  for (const Randomness randomness : {Randomness::different, Randomness::same}) {
    set_random_seed(5);
    const Tensor kept = vmap(drop, {.randomness = randomness})(x) / x;
    set_random_seed(5);
    check_equal(vmap([&](const Tensor& v) { return gradient(drop, v); }, {.randomness = randomness})(x), kept);
    set_random_seed(5);
    check_equal(vmap([&](const Tensor& v) { return forward(drop, v, ones_like(v)); }, {.randomness = randomness})(x),
                kept);
    set_random_seed(5);
    const Tensor variable = x.detach().set_requires_grad();
    check_equal(grad(sum(vmap(drop, {.randomness = randomness})(variable)), variable), kept);
  }
}

TEST_CASE("random numbers under vmap are drawn as is said") {
  const Tensor x = zeros({3, 5}, float64);
  const auto noise = [](const Tensor& v) {
    const Tensor uniform = rand({5}, float64);
    return v + uniform + randn({5}, float64);
  };
  CHECK_THROWS_WITH(vmap(noise)(x), Contains("rand: vmap does not know"));
  const Tensor different = vmap(noise, {.randomness = Randomness::different})(x);
  CHECK_FALSE(allclose(different[0], different[1]));
  set_random_seed(4);
  const Tensor same = vmap(noise, {.randomness = Randomness::same})(x);
  set_random_seed(4);
  check_equal(same, broadcast_to(noise(x[0]), {3, 5}));
  const auto whole = [](const Tensor& v) { return v + randint(0, 1000, {5}) + randperm(5); };
  const Tensor numbers_of_each = vmap(whole, {.randomness = Randomness::different})(x);
  CHECK_FALSE(array_equal(numbers_of_each[0], numbers_of_each[1]));
  const auto shuffled = [](const Tensor& v) { return v + randperm(5); };
  const Tensor permutations = vmap(shuffled, {.randomness = Randomness::different})(x);
  check_equal(sum(permutations, -1), full({3}, 10, float64));
  CHECK(min(permutations).item() == 0);
  CHECK(max(permutations).item() == 4);
}

TEST_CASE("each level of vmap has its own choice of random numbers") {
  const Tensor x = ones({4, 6, 30}, float64);
  const Function drop = [](const Tensor& v) { return dropout(v, 0.5); };
  const auto nested = [&](Randomness outer, Randomness inner) {
    set_random_seed(9);
    return vmap([&](const Tensor& v) { return vmap(drop, {.randomness = inner})(v); }, {.randomness = outer})(x);
  };
  const Tensor both = nested(Randomness::different, Randomness::different);
  CHECK_FALSE(array_equal(both[0], both[1]));
  CHECK_FALSE(array_equal(both[0][0], both[0][1]));
  const Tensor outer = nested(Randomness::different, Randomness::same);
  CHECK_FALSE(array_equal(outer[0], outer[1]));
  CHECK(array_equal(outer[2], broadcast_to(outer[2][0], {6, 30})));
  const Tensor inner = nested(Randomness::same, Randomness::different);
  CHECK(array_equal(inner, broadcast_to(inner[0], x.shape())));
  CHECK_FALSE(array_equal(inner[0][0], inner[0][1]));
  CHECK_THROWS_AS(nested(Randomness::error, Randomness::different), AutogradError);
}

TEST_CASE("labels and positions may be mapped") {
  const Tensor logits = numbers({4, 5, 3}),
               labels = tensor({{0, 1, 2, 0, 1}, {2, 2, 1, 0, 0}, {1, 1, 1, 1, 1}, {0, 2, 0, 2, 0}});
  const auto loss = [](const Tensors& x) -> Tensors {
    return {sparse_categorical_crossentropy_from_logits(x[1], x[0])};
  };
  check_equal(vmap(loss)({logits, labels})[0], sparse_categorical_crossentropy_from_logits(labels, logits));
  check_equal(vmap([](const Tensor& v) { return one_hot(v, 3, float64); })(labels), one_hot(labels, 3, float64));
  check_equal(vmap([](const Tensors& x) -> Tensors { return {take(x[0], x[1] - 3)}; })({logits, labels})[0],
              stack({take(logits[0], labels[0] - 3 + 5), take(logits[1], labels[1] + 2), take(logits[2], labels[2] + 2),
                     take(logits[3], labels[3] + 2)}));
  CHECK_THROWS_AS(vmap(loss)({logits, labels + 1}), IndexError);
  CHECK_THROWS_AS(vmap([](const Tensors& x) -> Tensors { return {take(x[0], x[1])}; })({logits, labels + 4}),
                  IndexError);
  CHECK_THROWS_AS(vmap([](const Tensor& v) { return power(2, v); })(labels - 1), ValueError);
}

TEST_CASE("detach under vmap keeps the mapped axis") {
  const Tensor x = numbers({3, 4}).set_requires_grad();
  const Tensor y = vmap([](const Tensor& v) { return v * v.detach(); })(x);
  check_equal(y.detach(), (x * x).detach());
  check_equal(grad(sum(y), x), x.detach());
}

TEST_CASE("NoGrad outside of vmap records nothing outside, EnableGrad inside all the same") {
  const Tensor w = numbers({4}).set_requires_grad(), x = numbers({3, 4}, 2);
  const NoGrad no_grad;
  const Tensor gradients = vmap([&](const Tensor& v) {
    const EnableGrad recording;
    return grad(sum(v * w * w), w);
  })(x);
  check_equal(gradients, 2 * x * w);
  CHECK_FALSE(gradients.requires_grad());
}

TEST_CASE("long chains under vmap keep no tensor but the last") {
  const Tensor y = vmap([](const Tensor& v) {
    Tensor x = v;
    for (int i = 0; i < 100000; ++i) x = x * 0.5 + 1;
    return x;
  })(tensor({1.0, 5.0}));
  CHECK(array_equal(y, tensor({2.0, 2.0})));
}

TEST_CASE("NoGrad inside of a transform goes for gradients outside too") {
  const Function f = [](const Tensor& v) {
    Tensor constant;
    {
      const NoGrad no_grad;
      constant = v * v;
    }
    return constant * v;
  };
  const Tensor x = tensor({2.0, 3.0}, float64).set_requires_grad();
  check_equal(grad(sum(vmap(f)(x)), x), tensor({4.0, 9.0}, float64));
  const auto value = [&](const Tensor& v) {
    return jvp([&](const Tensors& inputs) -> Tensors { return {f(inputs[0])}; }, {v}, {ones_like(v)}).first[0];
  };
  check_equal(grad(sum(value(x)), x), tensor({4.0, 9.0}, float64));
  CHECK_FALSE(vmap([](const Tensor& v) {
                const InferenceMode inference;
                return v * v;
              })(x).requires_grad());
}

TEST_CASE("a gradient of a transform is not put where it would outlive it") {
  const Tensor w = tensor({1.0}).set_requires_grad();
  CHECK_THROWS_WITH(vmap([&](const Tensor& v) {
                      w.set_grad(v * 1);
                      return v;
                    })(ones({2, 1})),
                    Contains("set_grad: a gradient of shape [1] that belongs to a transform"));
  CHECK_FALSE(w.grad().defined());
}

TEST_CASE("forward mode around recurrent layers under vmap, recorded or not") {
  const Tensor x = numbers({2, 3, 4, 2}), kernel = numbers({2, 12}, 2), recurrent = numbers({3, 12}, 3),
               bias = numbers({12}, 4);
  const Function f = [&](const Tensor& v) { return lstm(v, kernel, recurrent, bias).hidden; };
  const Tensor t = numbers({2, 3, 4, 2}, 5);
  const Tensor expected = loop([&](const Tensor& v) { return forward(f, v, v); }, x);
  check_equal(forward(Function([&](const Tensor& v) { return vmap(f)(v); }), x, x), expected);
  const Function slope = [&](const Tensor& v) { return gradient(f, v); };
  Tensors each;
  for (int64_t i = 0; i < 2; ++i) each.push_back(forward(slope, x[i], t[i]));
  check_equal(forward(Function([&](const Tensor& v) { return vmap(slope)(v); }), x, t), stack(each));
}

}  // namespace xtape::test
