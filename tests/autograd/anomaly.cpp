#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;
using Tensors = std::vector<Tensor>;

TEST_CASE("an infinite gradient names the operation, its attributes, shapes and the place") {
  const Tensor x = tensor({1.0, 0.0, 2.0}, float64).set_requires_grad();
  x.set_grad(ones({3}, float64));
  const DetectAnomaly detect;
  CHECK_THROWS_AS(log(x).sum().backward(), AutogradError);
  CHECK_THROWS_WITH(log(x).sum().backward(),
                    Contains("backward: the gradient of input 0 of 'log' is inf at [1], where what was given to it is "
                             "finite; 'log' computed float64 [3] of float64 [3]"));
  CHECK(array_equal(x.grad(), ones({3}, float64)));
}

TEST_CASE("attributes and unknown inputs of the operation are in the text") {
  const Tensor x = tensor({{0.0, 0.0}}).set_requires_grad();
  const DetectAnomaly detect;
  CHECK_THROWS_WITH(pow(x, 0.5).sum().backward(),
                    Contains("of 'power' is inf at [0, 0]") &&
                        Contains("'power' (parameters=(0.5, 0.0)) computed float32 [1, 2] of float32 [1, 2]"));
  const Tensor y = tensor({{0.0, 1.0}}, float64).set_requires_grad(), one = ones({1, 2}, float64);
  CHECK_THROWS_WITH((one / y).sum().backward(), Contains("the gradient of input 1 of 'divide' is -inf at [0, 0]") &&
                                                    Contains("'divide' computed float64 [1, 2] of"));
}

TEST_CASE("a NaN that was given, and one that a hook made, are named as such") {
  const Tensor x = tensor({1.0, 2.0}).set_requires_grad();
  const DetectAnomaly detect;
  CHECK_THROWS_WITH((x * 2).backward(tensor({1.0, std::nan("")})),
                    Contains("the gradient of output 0 of 'multiply'") && Contains("is nan at [1]"));
  const Tensor y = x * 2;
  y.register_hook([](const Tensor& gradient) { return gradient / 0.0; });
  CHECK_THROWS_WITH(y.sum().backward(), Contains("of output 0 of 'multiply', as it was given, summed or made by a "
                                                 "hook, is inf at [0]"));
}

TEST_CASE("the gradient of a leaf is looked at when it is summed, and behind its hooks") {
  const DetectAnomaly detect;
  const Tensor big = full({2}, 3e38f).set_requires_grad();
  const Tensor factor = full({2}, 3e38f);
  CHECK_THROWS_WITH(sum(big * factor + big * factor).backward(full({}, 1.0f)),
                    Contains("the gradient of a leaf of shape [2], as it was summed or made by a hook, is inf at [0]"));
  const Tensor x = ones({2}).set_requires_grad();
  const HookHandle hook = x.register_hook([](const Tensor& g) { return g / 0.0; });
  CHECK_THROWS_WITH(sum(x).backward(), Contains("made by a hook, is inf at [0]"));
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("a custom operation is named, in runs of grad, within create_graph and checkpoints too") {
  const Tensor x = tensor({1.0}).set_requires_grad();
  const CustomOp broken{"broken", [](const Tensors& in) -> Tensors { return {in[0] * 2.0}; },
                        [](const Tensors& g, const Tensors&, const Tensors&) -> Tensors { return {g[0] / 0.0}; }};
  const DetectAnomaly detect;
  CHECK_THROWS_WITH(grad(custom_op(broken, {x})[0], x), Contains("input 0 of 'broken' is inf"));
  CHECK_THROWS_WITH(grad(custom_op(broken, {x})[0], x, {.create_graph = true}), Contains("'broken'"));
  const Tensor y = checkpoint([&](const Tensor& in) { return custom_op(broken, {in})[0]; }, x);
  CHECK_THROWS_WITH(y.backward(), Contains("input 0 of 'broken' is inf"));
}

TEST_CASE("without the scope infinities pass; it ends with its object, and is the thread's own") {
  const Tensor x = tensor({0.0}).set_requires_grad();
  log(x).backward();
  CHECK(std::isinf(x.grad().item()));
  {
    const DetectAnomaly detect;
    {
      const DetectAnomaly inner;
    }
    CHECK_THROWS_AS(log(x).backward(), AutogradError);
    (x * 3).backward();
  }
  log(x).backward();
  CHECK(std::isinf(x.grad().item()));
}
