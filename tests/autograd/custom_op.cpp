#include <memory>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;
using Tensors = std::vector<Tensor>;

namespace {

CustomOp doubled(const std::string& name, std::function<Tensors(const Tensor& gradient)> vjp) {
  return {name, [](const Tensors& in) -> Tensors { return {in[0] * 2}; },
          [=](const Tensors& gradients, const Tensors&, const Tensors&) { return vjp(gradients[0]); }};
}

}  // namespace

TEST_CASE("custom_op's forward runs without recording") {
  const Tensor x = ones({2}).set_requires_grad();
  bool recorded = true;
  custom_op({"probe",
             [&](const Tensors& in) -> Tensors {
               recorded = grad_enabled();
               return {in[0] * 2};
             },
             [](const Tensors& g, const Tensors&, const Tensors&) -> Tensors { return {g[0]}; }},
            {x});
  CHECK_FALSE(recorded);
}

TEST_CASE("custom_op passes inputs and outputs to its derivative") {
  const Tensor x = tensor({1.0, 2.0}, float64).set_requires_grad();
  const Tensor y = custom_op({"exponential", [](const Tensors& in) -> Tensors { return {exp(in[0])}; },
                              [](const Tensors& g, const Tensors& in, const Tensors& out) -> Tensors {
                                CHECK(allclose(exp(in[0]), out[0]));
                                return {g[0] * out[0]};
                              }},
                             {x})[0];
  y.sum().backward();
  CHECK(allclose(x.grad(), exp(x.detach())));
}

TEST_CASE("an undefined gradient from custom_op is zero") {
  const Tensor x = ones({2}).set_requires_grad();
  const Tensor w = ones({2}).set_requires_grad();
  const Tensor y = custom_op({"half blind", [](const Tensors& in) -> Tensors { return {in[0] + in[1]}; },
                              [](const Tensors& g, const Tensors&, const Tensors&) -> Tensors {
                                return {g[0], Tensor()};
                              }},
                             {x, w})[0];
  y.sum().backward();
  CHECK(x.grad().defined());
  CHECK_FALSE(w.grad().defined());
}

TEST_CASE("custom_op may return one of its inputs") {
  const Tensor x = ones({2}).set_requires_grad();
  const Tensor y = custom_op({"same", [](const Tensors& in) { return in; },
                              [](const Tensors& g, const Tensors&, const Tensors&) { return g; }},
                             {x})[0];
  CHECK(x.is_leaf());
  CHECK_FALSE(y.is_leaf());
  (y * 3).sum().backward();
  CHECK(allclose(x.grad(), full({2}, 3)));
}

TEST_CASE("a derivative of the wrong number or shape is an error that names the op") {
  const Tensor x = ones({2}).set_requires_grad();
  const Tensor none = custom_op(doubled("mine", [](const Tensor&) { return Tensors(); }), {x})[0];
  CHECK_THROWS_AS(none.sum().backward(), AutogradError);
  const Tensor again = custom_op(doubled("mine", [](const Tensor&) { return Tensors(); }), {x})[0];
  CHECK_THROWS_WITH(again.sum().backward(), "mine: vjp must return 1 gradients, got 0");
  const Tensor wrong = custom_op(doubled("mine", [](const Tensor& g) -> Tensors { return {g.sum()}; }), {x})[0];
  CHECK_THROWS_WITH(wrong.sum().backward(), "mine: vjp must return a gradient of shape [2] for input 0, got []");
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("the name of a custom op outlives the op in error messages") {
  const Tensor x = ones({2}).set_requires_grad();
  Tensor y;
  {
    const CustomOp op = doubled("a name too long to be stored within the string itself",
                                [](const Tensor& g) -> Tensors { return {g * 2}; });
    y = custom_op(op, {x})[0].sum();
  }
  y.backward({}, {.retain_graph = true});
  const Tensor z = custom_op(doubled("a name too long to be stored within the string itself",
                                     [](const Tensor& g) -> Tensors { return {g * 2}; }),
                             {x})[0];
  z.backward(ones({2}));
  CHECK_THROWS_WITH(z.backward(ones({2})),
                    Contains("the graph of 'a name too long to be stored within the string itself' was already run"));
}

TEST_CASE("what a custom op captures is freed after backward") {
  const Tensor x = ones({2}).set_requires_grad();
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = captured;
  const Tensor y = custom_op(doubled("capturing", [captured](const Tensor& g) -> Tensors { return {g * 2}; }), {x})[0];
  captured.reset();
  CHECK_FALSE(watched.expired());
  y.sum().backward();
  CHECK(watched.expired());
}

TEST_CASE("a derivative of the wrong type is an error, whatever comes before the op") {
  const auto to = [](DType dtype) {
    return doubled("mine", [dtype](const Tensor& g) -> Tensors { return {(g * 2).astype(dtype)}; });
  };
  for (const DType dtype : {float32, float64}) {
    const DType other = dtype == float32 ? float64 : float32;
    const std::string message = std::string("mine: vjp must return a gradient of type ") + name(dtype) +
                                " for input 0, got " + name(other);
    const Tensor x = full({64}, 0.5, dtype).set_requires_grad();
    CHECK_THROWS_AS(custom_op(to(other), {x})[0].sum().backward(), AutogradError);
    CHECK_THROWS_WITH(custom_op(to(other), {x})[0].sum().backward(), message);
    CHECK_THROWS_WITH(custom_op(to(other), {tanh(x)})[0].sum().backward(), message);
    CHECK_THROWS_WITH(grad(custom_op(to(other), {split(x * 2, int64_t{2})[1]})[0].sum(), x), message);
    CHECK_FALSE(x.grad().defined());
  }
  const Tensor x = ones({3}).set_requires_grad();
  CHECK_THROWS_WITH(custom_op(to(int64), {x * 2})[0].sum().backward(),
                    "mine: vjp must return a gradient of type float32 for input 0, got int64");
}

TEST_CASE("the error names the input whose gradient does not fit, and those that nobody needs do not matter") {
  const CustomOp op{"mine", [](const Tensors& in) -> Tensors { return {in[0] + in[1]}; },
                    [](const Tensors& g, const Tensors&, const Tensors&) -> Tensors { return {g[0], g[0].sum()}; }};
  const Tensor x = ones({2}).set_requires_grad(), w = ones({2}).set_requires_grad();
  CHECK_THROWS_WITH(custom_op(op, {x, w * 2})[0].sum().backward(),
                    "mine: vjp must return a gradient of shape [2] for input 1, got []");
  custom_op(op, {x, ones({2})})[0].sum().backward();
  CHECK(array_equal(x.grad(), ones({2})));
}

TEST_CASE("outputs of custom_op that are not used, or not floating, have undefined gradients") {
  const Tensor x = ones({2}).set_requires_grad();
  Tensors seen;
  const CustomOp op{"three",
                    [](const Tensors& in) -> Tensors { return {in[0] * 2, in[0].astype(int64), in[0] * 3}; },
                    [&](const Tensors& g, const Tensors&, const Tensors&) -> Tensors {
                      seen = g;
                      return {g[2] * 3};
                    }};
  const Tensors outputs = custom_op(op, {x});
  CHECK(outputs[0].requires_grad());
  CHECK_FALSE(outputs[1].requires_grad());
  outputs[2].sum().backward();
  REQUIRE(seen.size() == 3);
  CHECK_FALSE(seen[0].defined());
  CHECK_FALSE(seen[1].defined());
  CHECK(array_equal(seen[2], ones({2})));
  CHECK(array_equal(x.grad(), full({2}, 3)));

  const Tensor whole = custom_op({"whole", [](const Tensors& in) -> Tensors { return {in[0].astype(int64)}; },
                                  [](const Tensors& g, const Tensors&, const Tensors&) { return g; }},
                                 {x})[0];
  CHECK_FALSE(whole.requires_grad());
  CHECK_FALSE((whole / 2).requires_grad());
}

TEST_CASE("custom_op may return a tensor twice") {
  const Tensor x = tensor({1.0, 2.0}, float64).set_requires_grad();
  const CustomOp op{"twice", [](const Tensors& in) -> Tensors { return {in[0], in[0]}; },
                    [](const Tensors& g, const Tensors&, const Tensors&) -> Tensors { return {g[0] + g[1]}; }};
  const Tensors y = custom_op(op, {x});
  (y[0] * y[1]).sum().backward();
  CHECK(array_equal(x.grad(), tensor({2.0, 4.0}, float64)));
}

TEST_CASE("a forward that returns nothing, or an undefined tensor, is refused") {
  const auto returning = [](Tensors result) {
    return CustomOp{"mine", [result](const Tensors&) { return result; },
                    [](const Tensors& g, const Tensors&, const Tensors&) { return g; }};
  };
  const Tensor x = ones({2}).set_requires_grad();
  CHECK_THROWS_AS(custom_op(returning({}), {x}), ValueError);
  CHECK_THROWS_WITH(custom_op(returning({}), {x}), "mine: forward must return at least one tensor");
  CHECK_THROWS_WITH(custom_op(returning({x, Tensor()}), {x}), "mine: forward returned an undefined tensor as output 1");
}

TEST_CASE("a derivative may change and keep the gradients that it is given") {
  Tensor kept;
  const CustomOp op = doubled("mutator", [&](const Tensor& g) -> Tensors {
    CHECK(g.is_contiguous());
    g *= 100.0;
    kept = g;
    return {g};
  });
  const Tensor a = tensor({1.0, 2.0}, float64).set_requires_grad(), b = tensor({1.0, 2.0}, float64).set_requires_grad();
  const Tensor seed = ones({2}, float64);
  (b + custom_op(op, {a})[0]).backward(seed);
  CHECK(array_equal(a.grad(), full({2}, 100, float64)));
  CHECK(array_equal(b.grad(), ones({2}, float64)));
  CHECK(array_equal(seed, ones({2}, float64)));
  kept.fill(7);
  CHECK(array_equal(a.grad(), full({2}, 100, float64)));
  // A gradient that is one number for all elements comes as a dense tensor too.
  custom_op(op, {a})[0].sum().backward();
  CHECK(array_equal(a.grad(), full({2}, 200, float64)));
}
