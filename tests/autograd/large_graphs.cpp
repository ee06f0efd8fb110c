#include <cmath>
#include <optional>
#include <xtape/memory.hpp>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/small_stack.hpp"

using namespace xtape;

namespace {

constexpr int chain_length = 1'000'000;

Tensor chain(const Tensor& x) {
  Tensor y = x;
  for (int i = 0; i < chain_length; ++i) y = y + 1;
  return y;
}

}  // namespace

TEST_CASE("a chain of a million operations runs backwards and is destroyed") {
  const Tensor x = zeros({}, float64).set_requires_grad();
  // The place for its gradient, which stays, is made when the first one comes.
  x.set_grad(zeros({}, float64));
  x.zero_grad();
  const int64_t before = memory_statistics().allocated_bytes;
  {
    const Tensor y = chain(x);
    CHECK(y.item() == chain_length);
    y.backward();
  }
  CHECK(x.grad().item() == 1);
  x.zero_grad();
  CHECK(memory_statistics().allocated_bytes <= before);
}

TEST_CASE("a chain of a million operations is destroyed without having run") {
  const Tensor x = zeros({}, float64).set_requires_grad();
  const int64_t before = memory_statistics().allocated_bytes;
  {
    const Tensor y = chain(x);
    CHECK(y.requires_grad());
  }
  CHECK(memory_statistics().allocated_bytes <= before);
}

TEST_CASE("a chain of a million operations survives retain_graph and grad") {
  const Tensor x = zeros({}, float64).set_requires_grad();
  const Tensor y = chain(x);
  y.backward({}, {.retain_graph = true});
  CHECK(grad(y, x).item() == 1);
  CHECK(x.grad().item() == 1);
}

TEST_CASE("saved values may own long chains too") {
  const Tensor x = ones({}, float64).set_requires_grad();
  Tensor y = x;
  for (int i = 0; i < 200'000; ++i) y = y * x;
  CHECK(y.requires_grad());
}

TEST_CASE("a chain of a million sigmoids runs backwards and is destroyed") {
  const Tensor x = ones({1}).set_requires_grad();
  Tensor y = x;
  for (int i = 0; i < chain_length; ++i) y = sigmoid(y);
  CHECK(y.item() == Approx(0.659046));
  SECTION("without having run") {}
  SECTION("after backward") { y.backward(); }
  y = Tensor();
  CHECK(x.is_leaf());
}

TEST_CASE("whatever tensors own, they are destroyed one after another") {
  constexpr int length = 20'000;
  Tensor y = ones({2}, float64).set_requires_grad();
  SECTION("views of views") {
    for (int i = 0; i < length; ++i) y = y.reshape({2, 1}).transpose().squeeze();
  }
  SECTION("copies that were changed in place") {
    for (int i = 0; i < length; ++i) {
      y = y.clone();
      const NoGrad no_grad;
      y += 1;
    }
  }
  SECTION("custom operations that hold tensors") {
    for (int i = 0; i < length; ++i) {
      const Tensor held = y;
      y = custom_op({"holder", [held](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {in[0] * 1.0}; },
                     [held](const std::vector<Tensor>& g, const std::vector<Tensor>&, const std::vector<Tensor>&) {
                       return std::vector<Tensor>{g[0] * held};
                     }},
                    {ones({2}, float64).set_requires_grad()})[0];
    }
  }
  SECTION("gradients of gradients") {
    for (int i = 0; i < length; ++i) {
      const Tensor next = ones({2}, float64);
      next.set_grad(y);
      y = next;
    }
  }
  SECTION("borrowed memory whose owner is another tensor") {
    for (int i = 0; i < length; ++i) {
      const Tensor before = y;
      y = borrow_data(before.detach().data<double>(), {2}, [before] {});
    }
  }
  test::destroy_on_small_stack({std::move(y)});
  CHECK_FALSE(y.defined());
}

TEST_CASE("each operation runs once, however many paths lead through it") {
  // 2^100 paths.
  const Tensor x = ones({}, float64).set_requires_grad();
  Tensor y = x;
  int runs = 0;
  for (int i = 0; i < 100; ++i) {
    y = custom_op({"counted", [](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {in[0] * 0.5}; },
                   [&](const std::vector<Tensor>& g, const std::vector<Tensor>&,
                       const std::vector<Tensor>&) -> std::vector<Tensor> {
                     ++runs;
                     return {g[0] * 0.5};
                   }},
                  {y})[0];
    y = y + y;
  }
  y.backward();
  CHECK(x.grad().item() == 1);
  CHECK(runs == 100);
}

TEST_CASE("diamonds of several branches have the right gradient") {
  const Tensor x = full({}, 1.1, float64).set_requires_grad();
  Tensor y = x;
  // y -> y^2 + 2 y - y, whose derivative is 2 y + 1.
  double value = 1.1, derivative = 1;
  for (int i = 0; i < 4; ++i) {
    y = y * y + 2 * y - y;
    derivative *= 2 * value + 1;
    value = value * value + value;
  }
  y.backward();
  CHECK(y.item() == Approx(value).epsilon(1e-13));
  CHECK(x.grad().item() == Approx(derivative).epsilon(1e-13));
}

TEST_CASE("an output used by very many operations collects their gradients") {
  const Tensor x = full({3}, 2.0, float64).set_requires_grad();
  const Tensor shared = x * 3;
  Tensor total = zeros({3}, float64);
  for (int i = 1; i <= 2000; ++i) total = total + shared * i;
  total.sum().backward();
  CHECK(allclose(x.grad(), full({3}, 3.0 * 2001000, float64)));
}

TEST_CASE("more inputs than fit in place") {
  std::vector<Tensor> leaves;
  for (int i = 0; i < 40; ++i) leaves.push_back(full({2}, i, float64).set_requires_grad());
  (concatenate(leaves) * arange(80).astype(float64)).sum().backward();
  for (int i = 0; i < 40; ++i) {
    REQUIRE(allclose(leaves[static_cast<std::size_t>(i)].grad(), tensor({2 * i, 2 * i + 1}, float64)));
  }
}
