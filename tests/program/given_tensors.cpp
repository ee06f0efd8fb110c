#include "replay.hpp"

// What runs do to the tensors that they are given and that their functions closed over.
using namespace xtape;

TEST_CASE("inputs that share elements are refused where the function changes some") {
  const Function changing = [](const Tensors& x) -> Tensors {
    const Tensor before = x[0].clone();
    x[1] += 1;
    return {before * 2};
  };
  const Program program = capture(changing, {zeros({4}), zeros({4})});
  const Tensor x = arange(6).astype(float32);
  CHECK_THROWS_MATCHES(
      program({x.slice(0, {0, 4}), x.slice(0, {1, 5})}), ValueError,
      Message("program: input 1 and input 0 share elements, of which the function changes some; give a "
              "clone() of one"));
  CHECK_THROWS_AS(program({x.slice(0, {0, 4}), x.slice(0, {0, 4})}), ValueError);
  CHECK(array_equal(x, arange(6).astype(float32)));
  const Tensor y = zeros({4});
  CHECK(array_equal(program({x.slice(0, {0, 4}), y})[0], tensor({0.0, 2.0, 4.0, 6.0})));
  CHECK(array_equal(y, ones({4})));

  const Tensor w = zeros({4});
  const Program step = capture(
      [&](const Tensors& t) -> Tensors {
        const Tensor old = t[0].clone();
        w += 1;
        return {old};
      },
      {zeros({4})});
  CHECK_THROWS_WITH(step({w}), Contains("input 0 and a tensor that the function closed over share elements"));
  CHECK(array_equal(w, zeros({4})));
  // Nothing is changed: they may share what they like.
  const Program sum_of_both = capture([&](const Tensors& t) -> Tensors { return {t[0] + t[1] + w}; }, {w, w});
  CHECK(array_equal(sum_of_both({w, w})[0], w * 3));

  std::vector<float> memory(4);
  const Tensor first = borrow_data(memory.data(), {4}), second = borrow_data(memory.data(), {4});
  CHECK_THROWS_WITH(capture(
                        [&](const Tensors&) -> Tensors {
                          first += 1;
                          return {second * 2};
                        },
                        {}),
                    Contains("changes elements that two tensors which it closed over share"));
}

TEST_CASE("inputs lie as the examples did") {
  const Tensor w = randn({70, 33});
  const Function function = [&](const Tensors& x) -> Tensors {
    const Tensor y = tanh(x[0]) * 2 + 1;
    return {sum(x[0], {0}),         mean(x[0]),
            matmul(x[0], w),        matmul(w.transpose(), y.transpose()),
            softmax(x[0]),          y,
            x[0].reshape({-1}),     x[0] + x[1],
            x[0].slice(0, {1, 40}), max(x[0], {1}),
            sum(square(x[0])),      x[0]};
  };
  const std::vector<std::function<Tensor()>> layouts{
      [] {
        return randn({50, 70});
      },
      [] {
        return randn({70, 50}).transpose();
      },
      [] {
        return randn({50, 140}).slice(1, {1, std::nullopt, 2});
      },
      [] {
        return randn({50, 70}).slice(1, {std::nullopt, std::nullopt, -1});
      },
      [] {
        return randn({71, 100}).transpose().slice(0, {99, std::nullopt, -2}).slice(1, {0, 70});
      },
      [] {
        return randn({2, 50, 3, 70}).select(0, 1).select(1, 2);
      },
      [] {
        return broadcast_to(randn({70}), {50, 70});
      },
  };
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    CAPTURE(i);
    const auto inputs = [&] { return Tensors{layouts[i](), layouts[layouts.size() - 1 - i]()}; };
    // One whose elements stand for several is copied.
    if (i + 1 != layouts.size()) {
      check_replays(function, inputs);
      check_replays(function, inputs, {.free_axes = {{0}, {0}}});
    }
    // Of any other layout: the same but for rounding.
    const Program program = capture(function, inputs());
    for (const auto& other : layouts) {
      const Tensors given{other(), layouts[i]()};
      const Tensors expected = function(given), results = program(given);
      for (std::size_t j = 0; j < expected.size(); ++j) CHECK(allclose(results[j], expected[j], 1e-4, 1e-5));
    }
  }
  int calls = 0;
  const Program free = capture(
      [&](const Tensors& x) -> Tensors {
        ++calls;
        return {sum(x[0], {0})};
      },
      {ones({3, 4})}, {.free_axes = {{0}}});
  for (int i = 0; i < 3; ++i) free(ones({4, 3}).transpose()), free(broadcast_to(ones({4}), {3, 4}));
  CHECK(calls == 2);
}

TEST_CASE("an input that is changed is changed where it lies") {
  const Program program = capture(
      [](const Tensors& x) -> Tensors {
        const Tensor before = x[0].clone();
        x[0].slice(0, {0, 1}) *= 2;
        return {before};
      },
      {zeros({3, 2}).transpose()});
  const Tensor whole = arange(8).astype(float32).reshape({4, 2}), x = whole.slice(0, {1, 4}).transpose();
  CHECK(array_equal(program({x})[0], tensor({{2.0, 4.0, 6.0}, {3.0, 5.0, 7.0}})));
  CHECK(array_equal(whole, tensor({{0.0, 1.0}, {4.0, 3.0}, {8.0, 5.0}, {12.0, 7.0}})));
  CHECK_THROWS_WITH(program({ones({2, 3})}),
                    "program: input 0 of shape [2, 3] is changed by each run and has to be as the example was, with "
                    "strides [1, 2], given [3, 1]");
}

TEST_CASE("an input that is changed has to be contiguous and must not require a gradient") {
  const Program program = capture(
      [](const Tensors& x) -> Tensors {
        const Tensor flat = x[0].reshape({-1});
        flat += 1;
        return {};
      },
      {zeros({2, 3})});
  const Tensor x = zeros({3, 2});
  CHECK_THROWS_WITH(
      program({x.transpose()}),
      "program: input 0 of shape [2, 3] is changed by each run and has to be contiguous; give a contiguous "
      "copy of it");
  CHECK(array_equal(x, zeros({3, 2})));
  const Tensor leaf = zeros({2, 3}).set_requires_grad();
  CHECK_THROWS_WITH(program({leaf}), Contains("program: a tensor of shape [2, 3] that requires a gradient cannot be "
                                              "changed in place"));
  const NoGrad no_grad;
  program({leaf});
  CHECK(array_equal(leaf, ones({2, 3})));
}

TEST_CASE("tensors that somebody keeps are refused, and are no numbers") {
  Tensor kept;
  CHECK_THROWS_WITH(capture(
                        [&](const Tensors& x) -> Tensors {
                          kept = x[0].slice(0, {0, 1});
                          return {x[0] * 2};
                        },
                        {ones({2})}),
                    Contains("capture: somebody keeps an input of shape [2] when the function has ended"));
  CHECK(all(isnan(kept)).item<bool>());
  kept = Tensor();
  // What was made before something else failed, too: whoever calls the function again would go on with it.
  CHECK_THROWS_WITH(
      capture(
          [&](const Tensors& x) -> Tensors {
            kept = ones({2}) * 0.5;
            return {x[0] * kept.sum().item()};
          },
          {ones({2})}),
      Contains("item: values cannot be read while a function is captured") &&
          Contains("somebody keeps a tensor that the function made before that, which was never computed"));
  CHECK(all(isnan(kept)).item<bool>());
}

TEST_CASE("gradients of leaves are as before when a function has been captured") {
  const Tensor w = ones({3}).set_requires_grad(), g = tensor({1.0, 2.0, 3.0});
  w.set_grad(g);
  const Function clearing = [&](const Tensors& x) -> Tensors {
    w.zero_grad();
    sum(w * x[0]).backward();
    const Tensor gradient = w.grad();
    w.zero_grad();
    return {gradient * 2};
  };
  CHECK_THROWS_WITH(
      capture(clearing, {ones({3})}),
      "capture: the function clears a gradient of shape [3] that was there before; call zero_grad() on its "
      "tensor before capture");
  CHECK(array_equal(w.grad(), g));
  CHECK_THROWS_WITH(capture(
                        [&](const Tensors& x) -> Tensors {
                          w.set_grad(x[0]);
                          return {x[0] * 2};
                        },
                        {ones({3})}),
                    Contains("capture: the function leaves a gradient of shape [3] behind"));
  CHECK(array_equal(w.grad(), g));
  w.zero_grad();
  check_replays(clearing, [] { return Tensors{randn({3})}; });
}

TEST_CASE("results that belong to a transform around the capture are refused") {
  const auto scaled = [](const Tensor& a) {
    return capture([a](const Tensors& x) { return Tensors{x[0] * a}; }, {ones({2})})(ones({2}));
  };
  const auto text = Contains("belongs to a transform (vmap, jvp) around the capture");
  CHECK_THROWS_WITH(jvp([&](const Tensors& a) { return Tensors{scaled(a[0])}; }, {ones({2})}, {ones({2})}), text);
  CHECK_THROWS_WITH(vmap([&](const Tensor& a) { return scaled(a); })(ones({3, 2})), text);
}

TEST_CASE("functions are called again in the modes of the capture") {
  const Tensor w = randn({3}).set_requires_grad();
  const auto gradient = [&](const Tensors& x) -> Tensors { return {grad(sum(square(x[0] * w)), w)}; };
  const Program program = capture(gradient, {ones({2, 3})}, {.free_axes = {{0}}});
  const Tensor x = randn({5, 3});
  const Tensor expected = gradient({x})[0];
  {
    const NoGrad no_grad;
    CHECK(array_equal(program(x), expected));
  }
  {
    const InferenceMode inference;
    CHECK(array_equal(program(x.slice(0, {0, 4})), program({x.slice(0, {0, 4})})[0]));
  }
}

TEST_CASE("callbacks run in each run, whoever reads what they were given") {
  std::string calls;
  const auto note = [&](char what) { return [&calls, what](const Tensor&) { calls += what; }; };
  const Program program = capture(
      [&](const Tensors& x) -> Tensors {
        const Tensor y = exp(x[0]);
        host_callback(note('a'), y.clone());
        host_callback(note('b'), sum(y));
        return {x[0] * 2};
      },
      {ones({2})});
  program(ones({2}));
  CHECK(calls == "ab");
  std::unique_ptr<Program> self;
  self = std::make_unique<Program>(capture(
      [&](const Tensors& x) -> Tensors {
        host_callback([&](const Tensor& y) { (*self)(y.clone()); }, x[0].clone());
        return {x[0] * 2};
      },
      {ones({2})}));
  CHECK_THROWS_WITH((*self)(ones({2})), Contains("program: it runs on this thread already"));
  CHECK_THROWS_AS((*self)(ones({2})), AutogradError);
}

TEST_CASE("whole powers and probabilities are checked in each run") {
  const Program program =
      capture([](const Tensors& x) -> Tensors { return {power(x[0], x[1])}; }, {ones({2}, int64), ones({2}, int64)});
  CHECK(array_equal(program({full({2}, 3, int64), tensor({2, 3})})[0], tensor({9, 27})));
  CHECK_THROWS_WITH(program({full({2}, 3, int64), tensor({2, -3})}), Contains("negative integer powers"));
  const losses::BinaryCrossentropy loss;
  const Program losses =
      capture([&](const Tensors& x) -> Tensors { return {loss(x[0], x[1])}; }, {zeros({4, 1}), zeros({4, 1})});
  const Tensor y = tensor({{0.0}, {1.0}, {1.0}, {0.0}}), prediction = rand({4, 1});
  CHECK(losses({y, prediction})[0].item() == loss(y, prediction).item());
  CHECK_THROWS_WITH(losses({y * 2 + 1, prediction}), Contains("is outside [0, 1]"));
}
