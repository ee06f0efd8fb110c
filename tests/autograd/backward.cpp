#include <cmath>
#include <limits>
#include <type_traits>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;
using Tensors = std::vector<Tensor>;

namespace {

Tensor leaf(std::initializer_list<NestedNumbers> values) {
  const Tensor x = tensor(NestedNumbers(values), float64);
  x.set_requires_grad();
  return x;
}

bool equals(const Tensor& actual, std::initializer_list<NestedNumbers> expected) {
  return allclose(actual, tensor(NestedNumbers(expected), float64), 1e-14);
}

}  // namespace

TEST_CASE("backward adds to the gradients of leaves") {
  const Tensor x = leaf({1, 2, 3});
  CHECK(x.is_leaf());
  CHECK_FALSE(x.grad().defined());
  (x * x).sum().backward();
  CHECK(equals(x.grad(), {2, 4, 6}));
  CHECK_FALSE(x.grad().requires_grad());
  (x * 10).sum().backward();
  CHECK(equals(x.grad(), {12, 14, 16}));
  x.zero_grad();
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("a gradient that was handed out does not change in later backwards") {
  const Tensor x = leaf({1, 2});
  (x * 3).sum().backward();
  const Tensor first = x.grad();
  (x * 3).sum().backward();
  CHECK(equals(first, {3, 3}));
  CHECK(equals(x.grad(), {6, 6}));
}

TEST_CASE("two leaves that share a gradient get one each") {
  const Tensor a = leaf({1, 2}), b = leaf({3, 4});
  const Tensor upstream = tensor({5, 6}, float64);
  (a + b).backward(upstream);
  a.grad().fill(0);
  CHECK(equals(b.grad(), {5, 6}));
  CHECK(equals(upstream, {5, 6}));
}

TEST_CASE("a leaf used several times gets the sum") {
  const Tensor x = leaf({1, 2});
  (x * x + x.reshape({2, 1}).reshape({2}) * 3 + x).sum().backward();
  CHECK(equals(x.grad(), {6, 8}));
}

TEST_CASE("an operand without a gradient gets none, whatever the operations before it gave in its place") {
  const Tensor x = full({2}, 3.0f).set_requires_grad(), constant = full({2}, 2.0f);
  // x is the first operand until the last step backwards, where a constant is.
  (x * (x * (x * (constant * x)))).sum().backward();
  CHECK(array_equal(x.grad(), full({2}, 216.0f)));
  CHECK_FALSE(constant.grad().defined());
}

TEST_CASE("backward of several elements needs a gradient of the same shape") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  CHECK_THROWS_AS(y.backward(), AutogradError);
  CHECK_THROWS_WITH(y.backward(),
                    "backward: the tensor has shape [2]; a gradient must be given unless there is one element");
  CHECK_THROWS_AS(y.backward(ones({3}, float64)), ShapeError);
  CHECK_THROWS_WITH(y.backward(ones({3}, float64)), "backward: the gradient must have shape [2], got [3]");
  CHECK_THROWS_AS(y.backward(ones({2}, float32)), DTypeError);
  CHECK_FALSE(x.grad().defined());
  y.backward(tensor({1, 10}, float64));
  CHECK(equals(x.grad(), {2, 20}));
}

TEST_CASE("backward without a graph is refused") {
  const Tensor x = tensor({1, 2}, float64);
  CHECK_THROWS_AS(x.sum().backward(), AutogradError);
  CHECK_THROWS_WITH(
      x.sum().backward(),
      Contains("backward: the tensor of shape [] does not depend on any tensor that requires a gradient"));
}

TEST_CASE("backward of a leaf is its own gradient") {
  const Tensor x = leaf({2});
  x.backward();
  CHECK(equals(x.grad(), {1}));
}

TEST_CASE("a second backward is refused, and says what to do") {
  const Tensor x = leaf({1, 2});
  const Tensor y = (x * x).sum();
  y.backward();
  CHECK_THROWS_AS(y.backward(), AutogradError);
  CHECK_THROWS_WITH(y.backward(),
                    Contains("backward: the graph of 'sum' was already run and freed") && Contains("retain_graph"));
  CHECK(equals(x.grad(), {2, 4}));
  // The same through a new operation on the freed graph: nothing is half done.
  CHECK_THROWS_AS((y * x.sum()).backward(), AutogradError);
  CHECK(equals(x.grad(), {2, 4}));
}

TEST_CASE("retain_graph allows another backward") {
  const Tensor x = leaf({1, 2});
  const Tensor y = (x * x).sum();
  y.backward({}, {.retain_graph = true});
  y.backward();
  CHECK(equals(x.grad(), {4, 8}));
  CHECK_THROWS_AS(y.backward(), AutogradError);
}

TEST_CASE("several outputs go backwards together") {
  const Tensor x = leaf({1, 2});
  const Tensor shared = x * x;
  backward({shared.sum(), shared * 3}, {Tensor(), tensor({1, 10}, float64)});
  CHECK(equals(x.grad(), {8, 124}));
  CHECK_THROWS_AS(backward({}), ValueError);
  CHECK_THROWS_WITH(backward({x.sum()}, {ones({}, float64), ones({}, float64)}),
                    "backward: expected one gradient per output, got 2 gradients for 1 outputs");
}

TEST_CASE("outputs that are not used get no gradient and do no harm") {
  const Tensor x = leaf({1, 2, 3, 4});
  const Tensors parts = split(x, int64_t{2}, 0);
  parts[1].sum().backward();
  CHECK(equals(x.grad(), {0, 0, 1, 1}));

  Tensors seen;
  const Tensor y = leaf({1, 2});
  const Tensors outputs = custom_op({"two outputs",
                                     [](const Tensors& in) -> Tensors {
                                       return {in[0] * 2, in[0] * 3};
                                     },
                                     [&](const Tensors& gradients, const Tensors&, const Tensors&) -> Tensors {
                                       seen = gradients;
                                       return {gradients[0] * 2};
                                     }},
                                    {y});
  outputs[0].sum().backward();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].defined());
  CHECK_FALSE(seen[1].defined());
}

TEST_CASE("grad returns gradients and leaves the leaves alone") {
  const Tensor x = leaf({1, 2}), w = leaf({3, 4});
  const Tensor hidden = x * w;
  const Tensor y = (hidden * hidden).sum();
  const Tensors gradients = grad({y}, {w, hidden, x});
  CHECK(equals(gradients[0], {6, 32}));
  CHECK(equals(gradients[1], {6, 16}));
  CHECK(equals(gradients[2], {18, 64}));
  CHECK_FALSE(x.grad().defined());
  CHECK_FALSE(w.grad().defined());
  CHECK_THROWS_AS(grad(y, x), AutogradError);
}

TEST_CASE("grad of one of several outputs of an operation") {
  const Tensor x = leaf({1, 2, 3, 4});
  const Tensors parts = split(x * 2, int64_t{2}, 0);
  const Tensor y = (parts[0] * parts[1] * parts[1]).sum();
  const Tensors gradients = grad({y}, {parts[1], parts[0], x, parts[1]});
  CHECK(equals(gradients[0], {24, 64}));
  CHECK(equals(gradients[1], {36, 64}));
  CHECK(equals(gradients[2], {72, 128, 48, 128}));
  CHECK(equals(gradients[3], {24, 64}));
}

TEST_CASE("a gradient that would pass a freed part of the graph is refused, not partial") {
  const Tensor x = leaf({1, 2}), w = leaf({3, 4});
  const Tensor hidden = x * x;
  hidden.sum().backward();
  const Tensor y = (hidden * w + x).sum();
  CHECK_THROWS_WITH(grad(y, x), Contains("was already run and freed"));
  CHECK_THROWS_WITH(grad(y, x, {.allow_unused = true}), Contains("was already run and freed"));
  // The gradient of w does not pass it.
  CHECK(equals(grad((hidden * w).sum(), w), {1, 4}));
}

TEST_CASE("grad of an output with respect to itself is the upstream gradient") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  CHECK(equals(grad(y, y, {.gradients = {tensor({5, 7}, float64)}}), {5, 7}));
}

TEST_CASE("grad of an input that is not used throws, or returns nothing where allowed") {
  const Tensor x = leaf({1, 2}), other = leaf({3});
  CHECK_THROWS_AS(grad((x * x).sum(), other), AutogradError);
  CHECK_THROWS_WITH(grad((x * x).sum(), other), Contains("grad: the outputs do not depend on input 0 of shape [1]"));
  CHECK_FALSE(grad((x * x).sum(), other, {.allow_unused = true}).defined());
  CHECK_THROWS_WITH(grad(x.sum(), tensor({1}, float64)), "grad: input 0 of shape [1] does not require a gradient");
}

TEST_CASE("an input that is not used is found before anything runs") {
  const Tensor x = leaf({1, 2}), other = leaf({3});
  const Tensor y = (x * x).sum();
  CHECK_THROWS_WITH(grad(y, {x, other}),
                    "grad: the outputs do not depend on input 1 of shape [1]; pass allow_unused to get an undefined tensor");
  // The graph is still there.
  CHECK(equals(grad(y, x), {2, 4}));
  // One output of an operation is no other.
  const Tensors parts = split(x * 2, int64_t{2}, 0);
  CHECK_THROWS_WITH(grad(parts[0].sum(), parts[1]), Contains("do not depend on input 0"));
}

TEST_CASE("where outputs depend on nothing, allow_unused gives undefined gradients") {
  const Tensor x = leaf({3, 4});
  // The derivative of a linear function is a constant.
  const Tensor slope = grad((x * 2).sum(), x, {.create_graph = true});
  CHECK_FALSE(slope.requires_grad());
  CHECK_THROWS_WITH(grad(slope.sum(), x), Contains("does not depend on any tensor that requires a gradient"));
  CHECK_FALSE(grad(slope.sum(), x, {.allow_unused = true}).defined());
  const Tensors both = grad({slope.sum(), (x * x).sum()}, {x}, {.allow_unused = true});
  CHECK(equals(both[0], {6, 8}));
  CHECK_THROWS_WITH(grad(slope, x, {.gradients = {ones({3}, float64)}, .allow_unused = true}),
                    "grad: the gradient must have shape [2], got [3]");
}

TEST_CASE("the gradient of an input that is reached, but not moved, is zero") {
  const Tensor x = leaf({1, 2});
  const CustomOp constant{"constant", [](const Tensors& t) -> Tensors { return {t[0] * 0}; },
                          [](const Tensors&, const Tensors&, const Tensors&) -> Tensors { return {Tensor()}; }};
  CHECK(equals(grad(custom_op(constant, {x * 2})[0].sum(), x), {0, 0}));
}

TEST_CASE("grad takes one tensor or a list of them, and a list gives a list") {
  const Tensor x = leaf({1, 2}), w = leaf({3, 4});
  const Tensor y = (x * w).sum();
  const GradOptions keep{.retain_graph = true};
  const Tensors variables{x, w};
  CHECK(equals(grad(y, variables, keep)[1], {1, 2}));
  CHECK(equals(grad(y, {x, w}, keep)[0], {3, 4}));
  static_assert(std::is_same_v<decltype(grad(y, x)), Tensor>);
  static_assert(std::is_same_v<decltype(grad(y, {x})), Tensors>);
  static_assert(std::is_same_v<decltype(grad({y}, {x})), Tensors>);
  static_assert(std::is_same_v<decltype(grad({y}, variables)), Tensors>);
  CHECK(grad(y, Tensors()).empty());
  // Nothing has run for it.
  CHECK(equals(grad({y}, {x}).at(0), {3, 4}));
}

TEST_CASE("gradients that grad returns share memory with nothing") {
  const Tensor x = leaf({1, 2}), w = leaf({3, 4}), seed = tensor({1, 1}, float64);
  const Tensors sums = grad({x + w}, {x, w, x}, {.gradients = {seed}});
  for (const Tensor& gradient : sums) gradient += 5;
  for (const Tensor& gradient : sums) CHECK(equals(gradient, {6, 6}));
  CHECK(equals(seed, {1, 1}));
  // The gradient of a sum is one number, but a tensor like any other.
  const Tensor ones_of_sum = grad(x.sum(), x);
  CHECK(ones_of_sum.is_contiguous());
  ones_of_sum += 1;
  CHECK(equals(ones_of_sum, {2, 2}));
  const Tensor y = x * 2;
  const Tensor itself = grad(y, y, {.gradients = {seed}});
  itself += 1;
  CHECK(equals(seed, {1, 1}));
  const Tensor input = leaf({1, 2});
  const Tensors recorded = grad({input * input + w}, {w, input}, {.gradients = {seed}, .create_graph = true});
  recorded[0] += 1;
  CHECK(equals(seed, {1, 1}));
  CHECK(equals(grad(recorded[1].sum(), input), {2, 2}));
}

TEST_CASE("grad of very many leaves") {
  Tensors leaves;
  for (int i = 0; i < 100'000; ++i) leaves.push_back(full({1}, i, float64).set_requires_grad());
  const Tensor y = square(concatenate(leaves)).sum();
  const Tensors gradients = grad(y, leaves);
  REQUIRE(gradients.size() == leaves.size());
  for (std::size_t i = 0; i < leaves.size(); i += 999) CHECK(gradients[i].item() == 2.0 * static_cast<double>(i));
}

TEST_CASE("grad on a freed graph says that it was freed") {
  const Tensor x = leaf({1, 2});
  const Tensor y = (x * x).sum();
  y.backward();
  CHECK_THROWS_AS(grad(y, x), AutogradError);
  CHECK_THROWS_WITH(grad(y, x), Contains("was already run and freed"));
}

TEST_CASE("only the part of the graph that leads to the inputs runs") {
  const Tensor x = leaf({1, 2}), w = leaf({3, 4});
  int runs = 0;
  auto counted = [&](const Tensor& in) {
    return custom_op({"counted", [](const Tensors& t) -> Tensors { return {t[0] * 2}; },
                      [&](const Tensors& g, const Tensors&, const Tensors&) -> Tensors {
                        ++runs;
                        return {g[0] * 2};
                      }},
                     {in})[0];
  };
  const Tensor y = (counted(x) * w).sum();
  CHECK(equals(grad(y, w, {.retain_graph = true}), {2, 4}));
  CHECK(runs == 0);
  CHECK(equals(grad(y, x), {6, 8}));
  CHECK(runs == 1);
}

TEST_CASE("gradients that nobody needs are not computed") {
  const Tensor image = tensor({1, 2}, float64);
  int runs = 0;
  const CustomOp counted = {"counted", [](const Tensors& t) -> Tensors { return {t[0] * 2}; },
                            [&](const Tensors& g, const Tensors&, const Tensors&) -> Tensors {
                              ++runs;
                              return {g[0] * 2};
                            }};
  const Tensor w = leaf({3, 4});
  // Nothing is recorded for the image, which needs no gradient.
  const Tensor features = custom_op(counted, {image})[0];
  CHECK_FALSE(features.requires_grad());
  (features * w).sum().backward();
  CHECK(runs == 0);
  CHECK_FALSE(image.grad().defined());
  CHECK(equals(w.grad(), {2, 4}));
}

TEST_CASE("NoGrad and detach cut the tape") {
  const Tensor x = leaf({1, 2});
  {
    const NoGrad no_grad;
    CHECK_FALSE(grad_enabled());
    CHECK_FALSE((x * 2).requires_grad());
    { const NoGrad inner; }
    CHECK_FALSE(grad_enabled());
  }
  CHECK(grad_enabled());
  const Tensor detached = (x * 2).detach();
  CHECK_FALSE(detached.requires_grad());
  CHECK(detached.is_leaf());
  (x * detached).sum().backward();
  CHECK(equals(x.grad(), {2, 4}));
}

TEST_CASE("leaves are those that no recorded operation computed") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  CHECK_FALSE(y.is_leaf());
  CHECK(y.requires_grad());
  CHECK_THROWS_AS(y.set_requires_grad(), AutogradError);
  CHECK_THROWS_WITH(y.set_requires_grad(), Contains("set_requires_grad") && Contains("shape [2]"));
  CHECK_THROWS_AS(tensor({1, 2}).set_requires_grad(), DTypeError);
  CHECK((tensor({1, 2}, float64) * 2).is_leaf());
}

TEST_CASE("gradients flow between floating types") {
  const Tensor x = tensor({1, 2}, float32).set_requires_grad();
  (x.astype(float64) * tensor({3, 4}, float64)).sum().backward();
  CHECK(x.grad().dtype() == float32);
  CHECK(equals(x.grad(), {3, 4}));
  const Tensor y = tensor({1, 2}, float32).set_requires_grad();
  (y * tensor({3, 4}, float64)).sum().backward();
  CHECK(y.grad().dtype() == float32);
  CHECK(equals(y.grad(), {3, 4}));
  CHECK_FALSE(y.astype(int64).requires_grad());
}

TEST_CASE("set_grad refuses what does not fit") {
  const Tensor x = leaf({1, 2});
  x.set_grad(tensor({5, 6}, float64));
  CHECK(equals(x.grad(), {5, 6}));
  CHECK_THROWS_AS(x.set_grad(ones({3}, float64)), ShapeError);
  CHECK_THROWS_AS(x.set_grad(ones({2}, float32)), DTypeError);
  CHECK(equals(x.grad(), {5, 6}));
  x.set_grad({});
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("an error in a derivative leaves gradients and later backwards unharmed") {
  const Tensor x = leaf({1, 2}), w = leaf({1, 1});
  bool fail = true;
  const Tensor y = custom_op({"fragile", [](const Tensors& t) -> Tensors { return {t[0] * 2}; },
                              [&](const Tensors& g, const Tensors&, const Tensors&) -> Tensors {
                                if (fail) throw ValueError("broken");
                                return {g[0] * 2};
                              }},
                             {x})[0];
  const Tensor loss = (y * w).sum();
  CHECK_THROWS_WITH(loss.backward({}, {.retain_graph = true}), "broken");
  CHECK_FALSE(x.grad().defined());
  CHECK_FALSE(w.grad().defined());
  CHECK(grad_enabled());
  fail = false;
  loss.backward();
  CHECK(equals(x.grad(), {2, 2}));
  CHECK(equals(w.grad(), {2, 4}));
}

TEST_CASE("a backward that cannot fill every leaf fills none") {
  // More elements than memory holds, all of them one number.
  const Tensor large = ones({1}, float64).broadcast_to({int64_t{1} << 50}).detach().set_requires_grad();
  const Tensor small = leaf({1, 2}), other = leaf({1, 2});
  small.set_grad(tensor({1, 1}, float64));
  const Tensor seed = tensor({5, 5}, float64);
  CHECK_THROWS(backward({small, large, other}, {seed, large.detach(), seed}));
  CHECK(equals(small.grad(), {1, 1}));
  CHECK_FALSE(other.grad().defined());
  CHECK_FALSE(large.grad().defined());
  // Nor is a lock left behind.
  backward({small, other}, {seed, seed});
  CHECK(equals(small.grad(), {6, 6}));
  CHECK(equals(other.grad(), {5, 5}));
}
