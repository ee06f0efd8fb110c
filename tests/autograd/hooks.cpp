#include <atomic>
#include <string>
#include <thread>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;
using Tensors = std::vector<Tensor>;

namespace {

Tensor leaf(std::vector<double> values) {
  const auto count = static_cast<int64_t>(values.size());
  return Tensor(tensor(values)).reshape({count}).set_requires_grad();
}

}  // namespace

TEST_CASE("a hook on a result sees the whole gradient once, before its operation runs") {
  const Tensor x = leaf({2, 3});
  const Tensor y = x * x;
  const Tensor z = y * 3 + y * 4;
  Tensors seen;
  y.register_hook([&](const Tensor& gradient) { seen.push_back(gradient); });
  z.sum().backward();
  REQUIRE(seen.size() == 1);
  CHECK(array_equal(seen[0], tensor({7.0, 7.0}, float64)));
  CHECK(array_equal(x.grad(), tensor({28.0, 42.0}, float64)));
}

TEST_CASE("what a hook returns takes the place of the gradient, one hook after the other") {
  const Tensor x = leaf({2, 3});
  const Tensor y = x * 5;
  std::string order;
  y.register_hook([&](const Tensor& gradient) {
    order += 'a';
    return gradient + 1;
  });
  y.register_hook([&](const Tensor& gradient) {
    order += 'b';
    return gradient * 10;
  });
  x.register_hook([&](const Tensor& gradient) {
    order += 'c';
    CHECK(array_equal(gradient, tensor({100.0, 100.0}, float64)));
    return gradient / 100;
  });
  x.register_hook([&](const Tensor&) {
    order += 'd';
    return Tensor();
  });
  y.sum().backward();
  CHECK(order == "abcd");
  CHECK(array_equal(x.grad(), tensor({1.0, 1.0}, float64)));
}

TEST_CASE("hooks act on what grad returns, for leaves and results, and only on what is asked for") {
  const Tensor x = leaf({2}), w = leaf({3});
  const Tensor y = x * w;
  const Tensor z = y * y;
  int of_w = 0;
  w.register_hook([&](const Tensor&) { ++of_w; });
  x.register_hook([](const Tensor& gradient) { return gradient * 2; });
  y.register_hook([](const Tensor& gradient) { return gradient + 1; });
  const Tensors gradients = grad(z, {x, y}, {.retain_graph = true});
  CHECK(gradients[1].item() == 13);
  CHECK(gradients[0].item() == 78);
  CHECK(of_w == 0);
  CHECK(grad(z, {y})[0].item() == 13);
}

TEST_CASE("a hook is removed by its handle, also from within") {
  const Tensor x = leaf({1});
  int calls = 0;
  HookHandle once;
  once = x.register_hook([&](const Tensor&) {
    ++calls;
    once.remove();
  });
  const HookHandle other = x.register_hook([&](const Tensor&) { calls += 10; });
  (x * 2).backward();
  CHECK(calls == 11);
  (x * 2).backward();
  CHECK(calls == 21);
  other.remove();
  other.remove();
  HookHandle().remove();
  (x * 2).backward();
  CHECK(calls == 21);
  HookHandle late;
  {
    const Tensor y = x * 2;
    late = y.register_hook([&](const Tensor&) { ++calls; });
  }
  late.remove();
}

TEST_CASE("hooks on one of several outputs see its gradient alone") {
  const Tensor x = leaf({1, 2, 3, 4});
  const Tensors parts = split(x, int64_t{2});
  std::vector<double> seen;
  parts[1].register_hook([&](const Tensor& gradient) {
    seen = gradient.to_vector<double>();
    return gradient * 2;
  });
  (parts[0].sum() * 3 + parts[1].sum() * 5).backward();
  CHECK(seen == std::vector<double>{5, 5});
  CHECK(array_equal(x.grad(), tensor({3.0, 3.0, 10.0, 10.0}, float64)));
  // A part that is not used has no gradient to see.
  seen.clear();
  const Tensors again = split(x, int64_t{2});
  again[1].register_hook([&](const Tensor& gradient) { seen = gradient.to_vector<double>(); });
  again[0].sum().backward();
  CHECK(seen.empty());
}

TEST_CASE("retain_grad collects the gradient of a result over runs of backward, not of grad") {
  const Tensor x = leaf({2, 3});
  const Tensor y = x * x;
  y.retain_grad();
  y.retain_grad();
  y.register_hook([](const Tensor& gradient) { return gradient * 2; });
  const Tensor z = (y * 3).sum();
  z.backward({}, {.retain_graph = true});
  CHECK(array_equal(y.grad(), tensor({6.0, 6.0}, float64)));
  CHECK(array_equal(x.grad(), tensor({24.0, 36.0}, float64)));
  grad(z, x, {.retain_graph = true});
  CHECK(array_equal(y.grad(), tensor({6.0, 6.0}, float64)));
  z.backward();
  CHECK(array_equal(y.grad(), tensor({12.0, 12.0}, float64)));
  y.zero_grad();
  CHECK_FALSE(y.grad().defined());
  x.retain_grad();
  CHECK_THROWS_WITH(tensor({1.0}, float64).retain_grad(), "retain_grad: the tensor of shape [1] does not require a gradient");
}

TEST_CASE("a gradient that is retained is the tensor's own") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 1, z = y * 1;
  y.retain_grad();
  z.retain_grad();
  const Tensor given = tensor({1.0, 5.0}, float64);
  z.backward(given);
  y.grad().fill(0);
  CHECK(array_equal(z.grad(), given));
  CHECK(array_equal(x.grad(), given));
}

TEST_CASE("a leaf's hook runs when the gradient is final, while the run goes on") {
  const Tensor first = leaf({1}), second = leaf({1}), third = leaf({1});
  std::string order;
  const auto note = [&](const Tensor& x, char letter) {
    x.register_post_accumulate_grad_hook([&order, letter](const Tensor&) { order += letter; });
  };
  note(first, '1');
  note(second, '2');
  note(third, '3');
  const Tensor a = first * 2;
  const Tensor b = a * second;
  a.register_hook([&](const Tensor&) { order += 'a'; });
  b.register_hook([&](const Tensor&) { order += 'b'; });
  // `second` is used late and early, so that it is not final before b has run; `third` only late.
  ((b + second) * third).backward();
  CHECK(order == "3b2a1");
  CHECK(first.grad().item() == 2);
  CHECK(second.grad().item() == 3);
  CHECK(third.grad().item() == 3);
}

TEST_CASE("an event for a leaf comes where a part of the graph gets no gradient") {
  const Tensor w = leaf({2}), v = leaf({3});
  int calls = 0;
  w.register_post_accumulate_grad_hook([&](const Tensor& x) {
    ++calls;
    CHECK(x.grad().item() == 3);
  });
  const Tensor cut = custom_op({"cut", [](const Tensors& in) -> Tensors { return {in[0] * 1.0}; },
                                [](const Tensors&, const Tensors&, const Tensors&) -> Tensors { return {Tensor()}; }},
                               {w * w})[0];
  (cut + w * v).backward();
  CHECK(calls == 1);
}

TEST_CASE("a leaf may be updated and its gradient cleared while backward goes on") {
  const Tensor w = leaf({4});
  w.register_post_accumulate_grad_hook([](const Tensor& x) {
    x.detach().assign(x.detach() - x.grad() * 0.25);
    x.zero_grad();
  });
  (w * w).backward();
  CHECK(w.detach().item() == 2);
  CHECK_FALSE(w.grad().defined());
  // `grad` hands nothing over, so it tells nobody.
  CHECK(grad(w * w, w).item() == 4);
  CHECK(w.detach().item() == 2);
}

TEST_CASE("a leaf that backward starts from has its hooks called too") {
  const Tensor w = leaf({4});
  w.register_hook([](const Tensor& gradient) { return gradient * 3; });
  w.backward();
  CHECK(w.grad().item() == 3);
}

TEST_CASE("an error in a hook ends the run, and leaves are as they were") {
  const Tensor x = leaf({2}), early = leaf({5});
  const Tensor y = x * x;
  const Tensor z = y * early;
  early.register_post_accumulate_grad_hook([](const Tensor&) {});
  const HookHandle thrower = y.register_hook([](const Tensor&) { throw ValueError("stop"); });
  x.set_grad(tensor({1.0}, float64));
  CHECK_THROWS_WITH(z.backward({}, {.retain_graph = true}), "stop");
  CHECK(x.grad().item() == 1);
  // It was told that its gradient is final.
  CHECK(early.grad().item() == 4);
  thrower.remove();
  z.backward();
  CHECK(x.grad().item() == 21);
}

TEST_CASE("a hook that returns what is no gradient of its tensor is an error that says so") {
  const Tensor x = leaf({2, 3});
  const Tensor y = x * 2;
  const HookHandle shape = y.register_hook([](const Tensor&) { return ones({3}, float64); });
  CHECK_THROWS_AS(y.sum().backward({}, {.retain_graph = true}), AutogradError);
  CHECK_THROWS_WITH(y.sum().backward({}, {.retain_graph = true}),
                    "register_hook: a hook of a tensor of shape [2] that 'multiply' computed must return a "
                    "gradient of shape [2] and type float64, or an undefined tensor; got [3] and float64");
  shape.remove();
  x.register_hook([](const Tensor& gradient) { return gradient.astype(float32); });
  CHECK_THROWS_WITH(y.sum().backward(), Contains("a hook of a leaf of shape [2]") && Contains("got [2] and float32"));
}

TEST_CASE("hooks are refused where no gradient comes, or is collected") {
  const auto hook = [](const Tensor&) {};
  CHECK_THROWS_WITH(tensor({1.0}, float64).register_hook(hook),
                    "register_hook: the tensor of shape [1] does not require a gradient");
  CHECK_THROWS_AS(Tensor().register_hook(hook), ValueError);
  const Tensor x = leaf({1});
  CHECK_THROWS_WITH(x.register_hook(std::function<void(const Tensor&)>()), "register_hook: the function is empty");
  CHECK_THROWS_WITH(x.register_hook(std::function<Tensor(const Tensor&)>()), "register_hook: the function is empty");
  CHECK_THROWS_AS(x.register_post_accumulate_grad_hook({}), ValueError);
  CHECK_THROWS_WITH((x * 2).register_post_accumulate_grad_hook(hook),
                    Contains("was computed by a recorded operation") && Contains("use register_hook"));
}

TEST_CASE("under create_graph what a hook computes is differentiated") {
  const Tensor x = leaf({3});
  const Tensor y = x * x;
  const HookHandle square = y.register_hook([](const Tensor& gradient) {
    CHECK(grad_enabled());
    return gradient * gradient;
  });
  // y's gradient is y^2, by the hook y^4 = x^8, times 2 x.
  const Tensor slope = grad(y * y * y / 3, x, {.create_graph = true});
  CHECK(slope.item() == Approx(2 * std::pow(3.0, 9)));
  square.remove();
  CHECK(grad(slope, x).item() == Approx(18 * std::pow(3.0, 8)));
}

TEST_CASE("hooks within jvp see gradients that carry tangents") {
  const auto [values, tangents] = jvp(
      [](const Tensors& inputs) -> Tensors {
        const Tensor x = inputs[0] * 1;
        x.set_requires_grad();
        const Tensor y = x * x;
        y.register_hook([](const Tensor& gradient) { return gradient * 5; });
        return {grad((y * y), x, {.create_graph = true})};
      },
      {tensor({2.0}, float64)}, {tensor({1.0}, float64)});
  // 5 * 4 x^3
  CHECK(values[0].item() == 160);
  CHECK(tangents[0].item() == 240);
}

TEST_CASE("runs inside hooks are runs of their own") {
  const Tensor x = leaf({2});
  const Tensor y = x * x, side = y * 5;
  Tensor inner;
  HookHandle once;
  once = x.register_hook([&](const Tensor&) {
    once.remove();
    inner = grad(side, x, {.retain_graph = true});
  });
  int nested = 0;
  y.register_hook([&](const Tensor&) { ++nested; });
  (y * 3).backward({}, {.retain_graph = true});
  CHECK(inner.item() == 20);
  CHECK(x.grad().item() == 12);
  CHECK(nested == 2);
}

TEST_CASE("hooks are called on the threads that run, while others register and remove") {
  for (int round = 0; round < 20; ++round) {
    const Tensor w = leaf(std::vector<double>(100, 1));
    Tensor trunk = w * 2;
    for (int i = 0; i < 50; ++i) trunk = trunk * 1.0;
    std::atomic<int> of_trunk{0}, of_leaf{0}, events{0};
    trunk.register_hook([&](const Tensor&) { ++of_trunk; });
    w.register_hook([&](const Tensor&) { ++of_leaf; });
    w.register_post_accumulate_grad_hook([&](const Tensor&) { ++events; });
    const Tensors heads{trunk.sum(), (trunk * 2.0).sum()};
    std::vector<std::thread> threads;
    for (const Tensor& head : heads) threads.emplace_back([&] { head.backward({}, {.retain_graph = true}); });
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const HookHandle on_trunk = trunk.register_hook([](const Tensor& gradient) { return gradient; });
        const HookHandle on_leaf = w.register_hook([](const Tensor&) {});
        on_trunk.remove();
        on_leaf.remove();
      }
    });
    for (std::thread& thread : threads) thread.join();
    CHECK(of_trunk == 2);
    CHECK(of_leaf == 2);
    CHECK(events == 2);
    CHECK(allclose(w.grad(), full({100}, 6, float64)));
  }
}

TEST_CASE("a hook goes with its tensor") {
  const auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = held;
  {
    const Tensor x = leaf({1});
    x.register_hook([held](const Tensor&) {});
    const Tensor y = x * 2;
    y.register_hook([held](const Tensor&) {});
    y.backward();
  }
  CHECK(watched.use_count() == 1);
}
