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
