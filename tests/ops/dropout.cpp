#include <cmath>
#include <limits>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/dropout.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("dropout keeps its expectation, and its gradient passes where the values did") {
  for (const DType dtype : {float32, float64}) {
    set_random_seed(3);
    Tensor x = ones({100, 1001}, dtype).set_requires_grad();
    const Tensor y = dropout(x, 0.25);
    CHECK(std::abs(mean(y).item<double>() - 1) < 0.01);
    sum(y * 2).backward();
    CHECK(allclose(x.grad(), y.detach() * 2));
  }
}

TEST_CASE("dropout can be differentiated twice") {
  set_random_seed(3);
  Tensor x = full({50}, 2, float64).set_requires_grad();
  const Tensor y = dropout(x, 0.5);
  const Tensor first = grad(sum(y * y), x, {.create_graph = true});
  const Tensor second = grad(sum(first), x);
  CHECK(allclose(second, y.detach() * 2));
}

TEST_CASE("the seed decides what is dropped, and each call draws anew") {
  const Tensor x = ones({64, 3}).transpose();
  set_random_seed(5);
  const Tensor first = dropout(x, 0.5);
  const Tensor second = dropout(x, 0.5);
  CHECK_FALSE(allclose(first, second));
  set_random_seed(5);
  CHECK(allclose(dropout(x, 0.5), first));
  CHECK(allclose(dropout(x, 0), x));
}

TEST_CASE("dropout refuses rates outside [0, 1) without drawing") {
  set_random_seed(5);
  CHECK_THROWS_WITH(dropout(ones({3}), 1), "dropout: rate must lie in [0, 1), given 1.0");
  CHECK_THROWS_AS(dropout(ones({3}), -0.1), ValueError);
  CHECK_THROWS_AS(dropout(ones({3}), std::numeric_limits<double>::quiet_NaN()), ValueError);
  CHECK(get_random_state().offset == 0);
}
