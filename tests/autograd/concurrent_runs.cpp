#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;
using Tensors = std::vector<Tensor>;

// Runs of backward that pass the same operations: inside each other, and on several threads at once.

namespace {

Tensor leaf(double value, int64_t count = 1) { return full({count}, value, float64).set_requires_grad(); }

// The same tensor; its vjp calls `inside` first.
Tensor with_vjp(const Tensor& x, const std::function<void()>& inside) {
  return custom_op({"probe", [](const Tensors& in) -> Tensors { return {in[0] * 1.0}; },
                    [inside](const Tensors& g, const Tensors&, const Tensors&) -> Tensors {
                      inside();
                      return {g[0]};
                    }},
                   {x})[0];
}

// Calls body(0), body(1), ... on threads that start together, and returns what each has thrown.
template <std::size_t Threads, class Body>
std::array<std::string, Threads> on_threads(const Body& body) {
  std::array<std::string, Threads> errors;
  std::atomic<std::size_t> ready{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < Threads; ++t) {
    threads.emplace_back([&, t] {
      ++ready;
      while (ready < Threads) std::this_thread::yield();
      try {
        body(t);
      } catch (const Error& error) {
        errors[t] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return errors;
}

}  // namespace

TEST_CASE("grad inside a vjp over nodes that the outer run has queued is a run of its own") {
  const Tensor u = leaf(2), t = leaf(1);
  const Tensor v = u * u, side = v * 5;
  Tensor inner;
  const Tensor y = with_vjp(t, [&] { inner = grad(side, u, {.retain_graph = true}); }) + v;
  y.backward();
  CHECK(inner.item() == 20);
  CHECK(u.grad().item() == 4);
  CHECK(t.grad().item() == 1);
}

TEST_CASE("backward inside a vjp adds to the leaves beside the outer run") {
  const Tensor u = leaf(2), t = leaf(1);
  const Tensor v = u * u, side = v * 5;
  const Tensor y = with_vjp(t, [&] { side.backward({}, {.retain_graph = true}); }) + v;
  y.backward();
  CHECK(u.grad().item() == 24);
  CHECK(t.grad().item() == 1);
}

TEST_CASE("a run inside a vjp that frees what the outer run needs is an error that says so") {
  const Tensor u = leaf(2), t = leaf(1);
  const Tensor v = u * u, side = v * 5;
  const Tensor y = with_vjp(t, [&] { side.backward(); }) + v;
  CHECK_THROWS_WITH(y.backward(), Contains("the graph of 'multiply' was already run and freed"));
  CHECK_FALSE(t.grad().defined());
}

TEST_CASE("a run inside a vjp cannot pass the operation that the outer one is freeing") {
  const Tensor t = leaf(3);
  Tensor y;
  std::string inside;
  y = with_vjp(t * t, [&] {
    try {
      grad(y, t);
    } catch (const AutogradError& error) {
      inside = error.what();
    }
  });
  y.backward();
  CHECK_THAT(inside, Contains("the graph of 'probe' was already run and freed"));
  CHECK(t.grad().item() == 6);
}

TEST_CASE("an error inside a nested run leaves the outer one unharmed") {
  const Tensor u = leaf(2), t = leaf(1);
  const Tensor v = u * u;
  const Tensor broken = with_vjp(v, [] { throw ValueError("broken"); });
  const Tensor y = with_vjp(t, [&] { CHECK_THROWS_WITH(broken.backward({}, {.retain_graph = true}), "broken"); }) + v;
  y.backward();
  CHECK(u.grad().item() == 4);
}

TEST_CASE("EnableGrad records inside a vjp: a part of the model is computed again and run backwards there") {
  const Tensor x = leaf(3);
  const CustomOp checkpoint{"checkpoint",
                            [](const Tensors& in) -> Tensors { return {in[0] * in[0] * in[0]}; },
                            [](const Tensors& g, const Tensors& in, const Tensors&) -> Tensors {
                              CHECK_FALSE(grad_enabled());
                              const Tensor again = in[0].detach().set_requires_grad();
                              const EnableGrad enable;
                              (again * again * again).backward(g[0]);
                              return {again.grad()};
                            }};
  (custom_op(checkpoint, {x})[0] * 2).backward();
  CHECK(x.grad().item() == 54);
  CHECK(grad_enabled());
  const NoGrad no_grad;
  {
    const EnableGrad enable;
    CHECK((x * 2).requires_grad());
  }
  CHECK_FALSE((x * 2).requires_grad());
}

TEST_CASE("threads go backwards through a shared trunk, each from its own head") {
  for (int round = 0; round < 10; ++round) {
    const Tensor w = leaf(1, 1000);
    Tensor trunk = w * 2;
    for (int i = 0; i < 300; ++i) trunk = i % 3 == 0 ? trunk + trunk * 0.0 : trunk * 1.0;
    const Tensors heads{(trunk * 1.0).sum(), (trunk * 2.0).sum(), split(trunk, int64_t{2})[1].sum()};
    const auto errors = on_threads<3>([&](std::size_t t) { heads[t].backward({}, {.retain_graph = true}); });
    for (const std::string& error : errors) CHECK(error.empty());
    CHECK(allclose(w.grad(), concatenate({full({500}, 6, float64), full({500}, 8, float64)})));
  }
}

TEST_CASE("grad on one thread beside backward on another") {
  for (int round = 0; round < 10; ++round) {
    const Tensor w = leaf(3, 1000);
    const Tensor trunk = tanh(w * w);
    const Tensors heads{trunk.sum(), (trunk * trunk).sum()};
    const double t = std::tanh(9.0), slope = 6 * (1 - t * t);
    Tensor gradient;
    const auto errors = on_threads<2>([&](std::size_t thread) {
      if (thread == 0) {
        heads[0].backward({}, {.retain_graph = true});
      } else {
        gradient = grad(heads[1], w, {.retain_graph = true});
      }
    });
    CHECK((errors[0] + errors[1]).empty());
    CHECK(allclose(w.grad(), full({1000}, slope, float64)));
    CHECK(allclose(gradient, full({1000}, 2 * t * slope, float64)));
  }
}

TEST_CASE("runs that free a shared trunk under each other are right or refused") {
  for (int round = 0; round < 40; ++round) {
    const Tensor w = leaf(1, 100);
    Tensor trunk = w * 2;
    for (int i = 0; i < 200; ++i) trunk = trunk * ones({100}, float64);
    const Tensors heads{(trunk * 1.0).sum(), (trunk * 2.0).sum()};
    const bool first_retains = round % 2 == 0;
    const auto errors =
        on_threads<2>([&](std::size_t t) { heads[t].backward({}, {.retain_graph = t == 0 && first_retains}); });
    double expected = 0;
    for (std::size_t t = 0; t < 2; ++t) {
      if (errors[t].empty()) {
        expected += t == 0 ? 2 : 4;
      } else {
        CHECK_THAT(errors[t], Contains("was already run and freed"));
      }
    }
    // Two that free meet somewhere, and one of them, or both, is refused.
    if (first_retains) CHECK(errors[1].empty());
    if (!first_retains) CHECK_FALSE((errors[0] + errors[1]).empty());
    CHECK((w.grad().defined() ? w.grad()[0].item() : 0) == expected);
  }
}

TEST_CASE("a gradient may be read, replaced and cleared while others go backwards into it") {
  const Tensor w = leaf(1, 8);
  const Tensor one = ones({8}, float64);
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  // Every gradient is a whole number of ones, the same in all elements, and does not change in the reader's hands.
  std::thread reader([&] {
    while (!stop) {
      const Tensor gradient = w.grad();
      if (!gradient.defined()) continue;
      const std::vector<double> values = gradient.to_vector<double>();
      for (const double value : values) torn += value != values[0] || value < 1;
      torn += gradient.to_vector<double>() != values;
    }
  });
  on_threads<3>([&](std::size_t t) {
    for (int i = 0; i < 300; ++i) {
      if (t < 2) w.backward(one);
      if (t == 2) i % 2 ? w.zero_grad() : w.set_grad(one);
    }
  });
  stop = true;
  reader.join();
  CHECK(torn == 0);
  w.zero_grad();
  on_threads<4>([&](std::size_t) {
    for (int i = 0; i < 100; ++i) w.backward(one);
  });
  CHECK(array_equal(w.grad(), full({8}, 400, float64)));
}

TEST_CASE("runs that fill the same leaves in different orders do not wait for each other for ever") {
  const Tensors leaves{leaf(1), leaf(2), leaf(3), leaf(4)};
  on_threads<4>([&](std::size_t t) {
    for (int i = 0; i < 100; ++i) {
      Tensor y = zeros({1}, float64);
      for (std::size_t k = 0; k < 4; ++k) y = y + leaves[(t + k) % 4] * 2;
      y.backward();
    }
  });
  for (const Tensor& each : leaves) CHECK(each.grad().item() == 800);
}
