#include <thread>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("graphs recorded on different threads are independent") {
  constexpr int threads = 4, rounds = 50;
  const Tensor shared = full({16}, 2.0, float64).set_requires_grad();
  std::vector<Tensor> own(threads);
  std::vector<std::thread> pool;
  for (int t = 0; t < threads; ++t) {
    pool.emplace_back([&, t] {
      const Tensor x = full({16}, t + 1.0, float64).set_requires_grad();
      for (int i = 0; i < rounds; ++i) (x * x * shared).sum().backward();
      own[static_cast<std::size_t>(t)] = x;
    });
  }
  for (std::thread& each : pool) each.join();
  double squares = 0;
  for (int t = 0; t < threads; ++t) {
    squares += (t + 1.0) * (t + 1.0);
    CHECK(allclose(own[static_cast<std::size_t>(t)].grad(), full({16}, rounds * 4 * (t + 1.0), float64)));
  }
  // The shared leaf collected from all of them.
  CHECK(allclose(shared.grad(), full({16}, rounds * squares, float64)));
}

TEST_CASE("the gradient mode belongs to a thread") {
  const NoGrad no_grad;
  bool elsewhere = false;
  std::thread([&] { elsewhere = grad_enabled(); }).join();
  CHECK(elsewhere);
  CHECK_FALSE(grad_enabled());
}

TEST_CASE("a graph may run and be destroyed on another thread than it was recorded on") {
  const Tensor x = full({16}, 3.0, float64).set_requires_grad();
  Tensor y = (x * x).sum();
  std::thread([&] {
    y.backward();
    y = Tensor();
  }).join();
  CHECK(allclose(x.grad(), full({16}, 6.0, float64)));
  Tensor unused = (x * x).sum();
  std::thread([&] { unused = Tensor(); }).join();
  CHECK_FALSE(unused.defined());
}
