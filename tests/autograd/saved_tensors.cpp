#include <xtape/memory.hpp>
#include <xtape/random.hpp>
#include <xtape/xtape.hpp>

#include "address_sanitizer.hpp"
#include "catch.hpp"

using namespace xtape;

namespace {

Tensor leaf(const Shape& shape) { return full(shape, 0.5, float64).set_requires_grad(); }

}  // namespace

TEST_CASE("a saved tensor that was changed is refused, naming the op and both versions") {
  const Tensor x = leaf({3}), w = full({3}, 2, float64);
  const Tensor y = (x * w).sum();
  w += 1;
  CHECK_THROWS_AS(y.backward({}, {.retain_graph = true}), AutogradError);
  CHECK_THROWS_WITH(y.backward(), Contains("a tensor of shape [3] that 'multiply' saved was changed in place") &&
                                      Contains("version"));
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("every way of changing a saved tensor is noticed") {
  const Tensor x = leaf({3});
  const Tensor w = full({3}, 2, float64);
  auto refused = [&](auto change) {
    const Tensor y = (x * w).sum();
    change();
    bool thrown = false;
    try {
      y.backward();
    } catch (const AutogradError&) {
      thrown = true;
    }
    return thrown;
  };
  CHECK_FALSE(refused([] {}));
  CHECK_FALSE(refused([&] { w.data<const double>(); }));
  CHECK(refused([&] { w.data<double>()[0] = 3; }));
  CHECK(refused([&] { w.fill(1); }));
  CHECK(refused([&] { w.assign(ones({3}, float64)); }));
  CHECK(refused([&] { w *= 2; }));
  CHECK(refused([&] { w += ones({3}, float64); }));
  CHECK(refused([&] { w.slice(0, {.start = 1}).fill(4); }));
  CHECK(refused([&] { w.reshape({3, 1})[0].fill(4); }));
  CHECK(refused([&] { w.detach()[0].fill(4); }));
}

TEST_CASE("a changed result that its own derivative needs is refused") {
  const Tensor x = leaf({3});
  const Tensor y = exp(x);
  const Tensor loss = y.sum();
  y.detach().fill(1);
  CHECK_THROWS_WITH(loss.backward(), Contains("'exp' saved was changed in place"));
}

TEST_CASE("a change of a tensor that no derivative needs is allowed") {
  const Tensor x = leaf({3}), b = full({3}, 2, float64);
  const Tensor y = (x + b).sum();
  b.fill(0);
  y.backward();
  CHECK(allclose(x.grad(), ones({3}, float64)));
}

TEST_CASE("in-place changes that the tape could not follow are refused") {
  const Tensor x = leaf({3});
  const Tensor y = x * 2;
  CHECK_THROWS_AS(y += 1, AutogradError);
  CHECK_THROWS_WITH(y += 1,
                    "+=: a tensor of shape [3] that was computed by a recorded operation cannot be changed in "
                    "place; detach it or use NoGrad");
  CHECK_THROWS_AS(y *= ones({3}, float64), AutogradError);
  CHECK_THROWS_AS(y.fill(0), AutogradError);
  CHECK_THROWS_AS(y.assign(zeros({3}, float64)), AutogradError);
  CHECK_THROWS_AS(y.data<double>(), AutogradError);
  CHECK_THROWS_WITH(sgd_update({y}, {ones({3}, float64)}, {}, {.learning_rate = 1}),
                    Contains("sgd_update: a tensor of shape [3] that was computed by a recorded operation"));
  CHECK_THROWS_AS(y.slice(0, {.start = 1}).fill(0), AutogradError);
  CHECK_THROWS_WITH(x -= 1,
                    "-=: a tensor of shape [3] that requires a gradient cannot be changed in place; detach it "
                    "or use NoGrad");
  const Tensor target = zeros({3}, float64);
  CHECK_THROWS_AS(target.assign(y), AutogradError);
  CHECK_THROWS_AS(target += y, AutogradError);
  CHECK(allclose(y.detach(), ones({3}, float64)));
  CHECK(allclose(target, zeros({3}, float64)));
  {
    const NoGrad no_grad;
    x -= 0.25;
  }
  CHECK(allclose(x.detach(), full({3}, 0.25, float64)));
}

TEST_CASE("saved tensors are freed as backward runs") {
  constexpr int64_t side = 256;
  constexpr int64_t bytes = side * side * 8;
  const Tensor x = leaf({side, side});
  const int64_t before = memory_statistics().allocated_bytes;
  Tensor y = x;
  for (int i = 0; i < 10; ++i) y = exp(y * 0.1);
  const Tensor loss = y.sum();
  y = Tensor();
  CHECK(memory_statistics().allocated_bytes - before > 9 * bytes);
  loss.backward();
  // What remains is the gradient of x; the graph itself still stands.
  CHECK(memory_statistics().allocated_bytes - before < 2 * bytes);
}

TEST_CASE("backward holds few gradients at a time") {
  constexpr int64_t side = 256;
  constexpr int64_t bytes = side * side * 8;
  const Tensor x = leaf({side, side});
  Tensor y = x;
  // Nothing is saved by these, so all memory is gradients.
  for (int i = 0; i < 50; ++i) y = y + 1;
  const Tensor loss = y.sum();
  y = Tensor();
  empty_cache();
  const MemoryStatistics before = memory_statistics();
  loss.backward();
  CHECK(memory_statistics().allocated_bytes + memory_statistics().cached_bytes - before.allocated_bytes < 8 * bytes);
}

TEST_CASE("nothing is saved where nothing is recorded") {
  const NoGrad no_grad;
  constexpr int64_t side = 256;
  const Tensor x = leaf({side, side});
  const int64_t before = memory_statistics().allocated_bytes;
  Tensor y = x;
  for (int i = 0; i < 10; ++i) y = exp(y * 0.1);
  CHECK(memory_statistics().allocated_bytes - before < 2 * side * side * 8);
}

TEST_CASE("memory is flat over 20,000 training steps") {
  set_random_seed(1);
  const Tensor x = rand({8, 4}), target = rand({8, 1});
  const Tensor w1 = (rand({4, 16}) - 0.5).set_requires_grad(), b1 = zeros({16}).set_requires_grad();
  const Tensor w2 = (rand({16, 1}) - 0.5).set_requires_grad(), b2 = zeros({1}).set_requires_grad();
  double first_loss = 0, loss_value = 0;
  auto step = [&] {
    const Tensor loss = square(matmul(tanh(matmul(x, w1) + b1), w2) + b2 - target).mean();
    loss.backward();
    const NoGrad no_grad;
    for (const Tensor& parameter : {w1, b1, w2, b2}) {
      parameter -= parameter.grad() * 0.05;
      parameter.zero_grad();
    }
    loss_value = loss.item();
  };
  for (int i = 0; i < 100; ++i) {
    step();
    if (i == 0) first_loss = loss_value;
  }
  const MemoryStatistics warm = memory_statistics();
  for (int i = 0; i < 20000; ++i) step();
  const MemoryStatistics after = memory_statistics();
  CHECK(after.allocated_bytes == warm.allocated_bytes);
  CHECK(after.cached_bytes == warm.cached_bytes);
  CHECK(after.peak_bytes == warm.peak_bytes);
#if !defined(XTAPE_ADDRESS_SANITIZER)
  CHECK(after.system_allocations == warm.system_allocations);
#endif
  CHECK(loss_value < 0.2 * first_loss);
}
