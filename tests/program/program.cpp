#include <cmath>

#include "address_sanitizer.hpp"
#include "replay.hpp"

using namespace xtape;

TEST_CASE("a program computes what its function computes") {
  const Tensor w = randn({4, 3}), b = randn({3});
  check_replays([&](const Tensors& x) -> Tensors { return {tanh(matmul(x[0], w) + b)}; },
                [] {
                  return Tensors{randn({5, 4})};
                });
  check_replays(
      [&](const Tensors& x) -> Tensors {
        const auto parts = split(x[0], 2, 1);
        return {concatenate({parts[1], parts[0] * 2}, 1), softmax(x[0].transpose()), max(x[1], 0),
                x[1].slice(0, {1, 3}), x[0].transpose().reshape({-1})};
      },
      [] {
        return Tensors{randn({3, 4}), randn({4, 2}, float64)};
      });
  check_replays(
      [](const Tensors& x) -> Tensors {
        return {take(x[0], x[1]), one_hot(x[1], 5), x[0]};
      },
      [] {
        return Tensors{randn({5, 2}), randint(0, 5, {7})};
      });
  check_replays(
      [](const Tensors& x) -> Tensors {
        return {x[0] / sum(x[0]), sqrt(x[0]), x[0] * tensor({2, 3})};
      },
      [] {
        return Tensors{randn({0, 2})};
      });
}

TEST_CASE("nothing is computed and nothing changes while a function is captured") {
  const Tensor counter = zeros({}), x = ones({3});
  const RandomState state = get_random_state();
  const Program program = capture(
      [&](const Tensors& inputs) -> Tensors {
        counter += 1;
        inputs[0] += 1;
        return {inputs[0] + rand({3})};
      },
      {x});
  CHECK(counter.item() == 0);
  CHECK(array_equal(x, ones({3})));
  CHECK((get_random_state().seed == state.seed && get_random_state().offset == state.offset));
  program(x);
  CHECK(counter.item() == 1);
  CHECK(array_equal(x, full({3}, 2)));
}

TEST_CASE("gradients of a captured function are operations of its program") {
  const Tensor w = randn({4, 3}, float64).set_requires_grad();
  const Function step = [&](const Tensors& x) -> Tensors {
    const Tensor loss = mean(square(tanh(matmul(x[0], w)) - x[1]));
    return {loss, grad(loss, w)};
  };
  const auto inputs = [] { return Tensors{randn({6, 4}, float64), randn({6, 3}, float64)}; };
  check_replays(step, inputs);
  const Program program = capture(step, inputs());
  CHECK_FALSE(program(inputs())[0].requires_grad());
  CHECK_THAT(program.str(), Contains("tanh_vjp(") && Contains("variable  float64 [4, 3]"));
  // Second derivatives, and products with directions.
  check_replays(
      [](const Tensors& x) -> Tensors {
        const Tensor leaf = x[0].detach().set_requires_grad();
        const Tensor slope = grad(sum(tanh(leaf) * leaf), leaf, {.create_graph = true});
        return {slope, grad(sum(slope), leaf)};
      },
      [] { return Tensors{randn({5})}; });
  check_replays(
      [](const Tensors& x) -> Tensors {
        const auto [values, tangents] =
            jvp([](const Tensors& t) -> Tensors { return {exp(t[0]) * softmax(t[0])}; }, {x[0]}, {x[1]});
        return {values[0], tangents[0]};
      },
      [] {
        return Tensors{randn({5}), randn({5})};
      });
}

TEST_CASE("gradients that backward leaves in leaves are used and reset within the function") {
  const Tensor w = randn({4, 3}).set_requires_grad();
  const auto step = [&](bool resets) {
    return Function([&w, resets](const Tensors& x) -> Tensors {
      sum(tanh(matmul(x[0], w))).backward();
      const Tensor gradient = w.grad();
      if (resets) w.zero_grad();
      return {gradient * 2};
    });
  };
  check_replays(step(true), [] { return Tensors{randn({2, 4})}; });
  CHECK_FALSE(w.grad().defined());
  CHECK_THROWS_WITH(
      capture(step(false), {ones({2, 4})}),
      "capture: the function leaves a gradient of shape [4, 3] behind, to which no later run could add; call "
      "zero_grad() on its tensor before the function ends, or use grad(), whose results are tensors of the "
      "program");
  CHECK_FALSE(w.grad().defined());
  w.set_grad(ones({4, 3}));
  CHECK_THROWS_AS(capture(step(false), {ones({2, 4})}), AutogradError);
  CHECK(array_equal(w.grad(), ones({4, 3})));
}

TEST_CASE("a training step is captured with its changes in place") {
  const auto train = [](bool captured) {
    set_random_seed(7);
    const Tensor w = randn({3, 2}), velocity = zeros({3, 2});
    const Function step = [&](const Tensors& x) -> Tensors {
      const Tensor weights = w.detach().set_requires_grad();
      const Tensor loss = mean(square(dropout(matmul(x[0], weights), 0.5) - x[1]));
      const Tensor gradient = grad(loss, weights);
      velocity *= 0.9;
      velocity -= gradient * 0.1;
      w += velocity;
      return {loss};
    };
    const Tensor x = randn({8, 3}), y = randn({8, 2});
    const Function run = captured ? Function(capture(step, {x, y})) : step;
    Tensors losses;
    for (int i = 0; i < 6; ++i) losses.push_back(run({x, y})[0]);
    losses.push_back(w);
    return losses;
  };
  const Tensors eager = train(false), replayed = train(true);
  for (std::size_t i = 0; i < eager.size(); ++i) CHECK(identical(eager[i], replayed[i]));
}

TEST_CASE("optimizers in a captured step count their steps and follow their learning rate") {
  const auto train = [](auto optimizer, bool captured) {
    set_random_seed(7);
    const Tensor w = randn({3, 2}).set_requires_grad();
    optimizer.build({w});
    const Function step = [&](const Tensors& x) -> Tensors {
      const Tensor loss = mean(square(matmul(x[0], w) - x[1]));
      optimizer.apply({grad(loss, w)}, {w});
      return {loss};
    };
    const Tensor x = randn({8, 3}), y = randn({8, 2});
    const Function run = captured ? Function(capture(step, {x, y})) : step;
    CHECK(optimizer.iterations() == 0);
    Tensors losses;
    for (int i = 0; i < 6; ++i) {
      if (i == 3) optimizer.set_learning_rate(0.5);
      losses.push_back(run({x, y})[0]);
    }
    CHECK(optimizer.iterations() == 6);
    losses.push_back(w.detach());
    return losses;
  };
  const auto check = [&](const auto& make) {
    const Tensors eager = train(make(), false), replayed = train(make(), true);
    for (std::size_t i = 0; i < eager.size(); ++i) CHECK(identical(eager[i], replayed[i]));
  };
  check([] { return optimizers::SGD({.learning_rate = 0.1}); });
  check([] { return optimizers::SGD({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}); });
  check([] { return optimizers::Adam({.learning_rate = 0.1, .clipvalue = 0.3}); });
  check([] { return optimizers::Adam({.learning_rate = 0.1, .amsgrad = true}); });
  check([] { return optimizers::AdamW({.learning_rate = 0.1, .weight_decay = 0.02}); });
  check([] { return optimizers::RMSprop({.learning_rate = 0.1, .momentum = 0.5, .centered = true}); });
}

TEST_CASE("tensors that a function closed over are read as they are, inputs changed as it changes them") {
  const Tensor scale = tensor({2.0f});
  const Program program = capture(
      [&](const Tensors& x) -> Tensors {
        x[0] += 1;
        return {x[0] * scale};
      },
      {zeros({2})});
  const Tensor x = zeros({2});
  CHECK(array_equal(program(x), tensor({2.0f, 2.0f})));
  CHECK(array_equal(x, ones({2})));
  scale.fill(5);
  CHECK(array_equal(program(x), tensor({10.0f, 10.0f})));
  const Tensor rows = zeros({3, 2});
  program(rows.select(0, 1));
  CHECK(array_equal(rows.select(0, 1), ones({2})));
  CHECK(sum(rows).item() == 2);
  // A saved tensor is found changed, by a run as by any change.
  const Tensor leaf = ones({2}).set_requires_grad(), other = ones({2});
  const Tensor y = sum(leaf * other);
  program(other);
  CHECK_THROWS_AS(y.backward(), AutogradError);
}

TEST_CASE("a result is a tensor of its own") {
  const Program program = capture([](const Tensors& x) -> Tensors { return {exp(x[0]), x[0]}; }, {zeros({2})});
  const Tensor x = zeros({2});
  const Tensors first = program({x}), second = program({x});
  first[0].fill(7), first[1].fill(7);
  CHECK(array_equal(second[0], ones({2})));
  CHECK(array_equal(x, zeros({2})));
}

TEST_CASE("numbers made inside are the same in each run") {
  check_replays(
      [](const Tensors& x) -> Tensors {
        const Tensor sums = tensor({1.0f, 2.0f});
        sums += x[0];
        return {sums, tensor({1.0f, 2.0f}) * x[0]};
      },
      [] { return Tensors{randn({2})}; });
}

TEST_CASE("random operations draw new numbers in each run, in the order of the function") {
  const Function function = [](const Tensors& x) -> Tensors { return {rand({3}) + x[0], dropout(ones({50}), 0.5)}; };
  const Program program = capture(function, {zeros({3})});
  set_random_seed(3);
  const Tensors inputs{zeros({3})};
  const Tensors first = function(inputs), second = function(inputs);
  set_random_seed(3);
  const Tensors one = program(inputs), two = program(inputs);
  CHECK((identical(one[0], first[0]) && identical(one[1], first[1])));
  CHECK((identical(two[0], second[0]) && identical(two[1], second[1])));
  CHECK_FALSE(array_equal(one[0], two[0]));
}

TEST_CASE("a checkpoint in a captured function draws its numbers once") {
  const Tensor w = randn({4, 4}).set_requires_grad();
  check_replays(
      [&](const Tensors& x) -> Tensors {
        const Tensors y = checkpoint(
            [&](const Tensors& inputs) -> Tensors { return {dropout(tanh(matmul(inputs[0], w)), 0.5)}; }, {x[0]});
        return {y[0], grad(sum(y[0]), w)};
      },
      [] {
        return Tensors{randn({3, 4})};
      });
}

TEST_CASE("functions of the user's are captured if they are made of operations") {
  const Tensor leaf = randn({4}).set_requires_grad();
  const CustomOp cube{
      .name = "cube",
      .forward = [](const Tensors& x) -> Tensors { return {x[0] * x[0] * x[0]}; },
      .vjp = [](const Tensors& g, const Tensors& x, const Tensors&) -> Tensors { return {g[0] * 3 * square(x[0])}; }};
  check_replays(
      [&](const Tensors& x) -> Tensors {
        const Tensor y = sum(custom_op(cube, {leaf * x[0]})[0]);
        return {y, grad(y, leaf)};
      },
      [] { return Tensors{randn({4})}; });
  const auto swish = elementwise("swish", [](auto x) { return x / (1 + exp(-x)); });
  check_replays(
      [&](const Tensors& x) -> Tensors {
        const Tensor y = sum(swish(leaf * x[0]));
        return {y, grad(y, leaf)};
      },
      [] { return Tensors{randn({4})}; });
}

TEST_CASE("host_callback brings numbers into each run") {
  const Tensor rate = zeros({});
  double next = 1;
  const Function function = [&](const Tensors& x) -> Tensors {
    host_callback([&next](const Tensor& r) { r.fill(next); }, rate);
    return {x[0] * rate};
  };
  const Program program = capture(function, {ones({2})});
  CHECK(rate.item() == 0);
  CHECK(array_equal(program(ones({2})), ones({2})));
  next = 3;
  CHECK(array_equal(program(ones({2})), full({2}, 3)));
  CHECK(rate.item() == 3);
  next = 4;
  CHECK(array_equal(function({ones({2})})[0], full({2}, 4)));
  CHECK_THROWS_AS(host_callback({}, rate), ValueError);
  CHECK_THROWS_AS(host_callback([](const Tensor&) {}, Tensor()), ValueError);
  CHECK_THROWS_AS(host_callback([](const Tensor&) {}, ones({2}).set_requires_grad()), AutogradError);
}

TEST_CASE("a run records nothing and takes no memory but for its results") {
  const Tensor w = randn({32, 32}).set_requires_grad();
  const Program program = capture(
      [&](const Tensors& x) -> Tensors {
        const Tensor loss = sum(relu(matmul(tanh(x[0]), w) + 1) * x[1]);
        return {loss, grad(loss, w)};
      },
      {randn({16, 32}), randn({16, 32})});
  const Tensors x{randn({16, 32}), randn({16, 32})};
  program(x);
  const SavedTensorScope scope;
  const int64_t limit = get_cache_limit();
  set_cache_limit(0);  // each block comes from the system, and is counted
  const int64_t before = memory_statistics().system_allocations;
  for (int i = 0; i < 10; ++i) CHECK_FALSE(program(x)[0].requires_grad());
  const int64_t allocations = memory_statistics().system_allocations - before;
  set_cache_limit(limit);
#if defined(XTAPE_ADDRESS_SANITIZER)  // each block is the system's: of a result its elements, and the tensor itself
  CHECK(allocations <= 40);
#else  // for each result its elements at most; small ones share
  CHECK(allocations <= 20);
#endif
  CHECK(scope.statistics().bytes == 0);
}

TEST_CASE("a program is printed and drawn") {
  const Tensor w = randn({4, 3});
  const Program program =
      capture([&](const Tensors& x) -> Tensors { return {sum(tanh(matmul(x[0], w)), 1)}; }, {randn({2, 4})});
  CHECK(program.str() ==
        "%0 = input  float32 [2, 4]\n"
        "%1 = variable  float32 [4, 3]\n"
        "%2 = matmul(%0, %1)  float32 [2, 3]\n"
        "%3 = tanh(%2)  float32 [2, 3]\n"
        "%4 = sum(%3; axes=(1), keepdims=false)  float32 [2]\n"
        "return %4\n");
  CHECK_THAT(program.to_dot(),
             Contains("digraph program") && Contains("label=\"matmul\\nfloat32 [2, 3]\"") && Contains("n0 -> n2"));
}

TEST_CASE("what a program cannot take is refused by name") {
  const Program program = capture(
      [](const Tensors& x) -> Tensors {
        return {x[0] + x[1], x[0]};
      },
      {zeros({2, 3}), zeros({3})});
  CHECK_THROWS_WITH(program({zeros({2, 3})}), "program: expected 2 inputs, as captured, given 1");
  CHECK_THROWS_MATCHES(program({zeros({2, 4}), zeros({3})}), ShapeError,
                       Message("program: input 0 must have shape [2, 3], as captured, given [2, 4]"));
  CHECK_THROWS_MATCHES(program({zeros({2, 3}), zeros({3}, float64)}), DTypeError,
                       Message("program: input 1 must be float32, as captured, given float64"));
  CHECK_THROWS_AS(program({Tensor(), zeros({3})}), ValueError);
  CHECK_THROWS_WITH(capture(
                        [](const Tensors& x) {
                          return Tensors{x[0], x[0]};
                        },
                        {zeros({2})})(zeros({2})),
                    "program: it has 2 results; call it with a list");
  CHECK_THROWS_AS(jvp(
                      [&](const Tensors& t) {
                        return program({t[0], zeros({3})});
                      },
                      {zeros({2, 3})}, {ones({2, 3})}),
                  AutogradError);
  CHECK_THROWS_AS(capture({}, {}), ValueError);
  CHECK_THROWS_AS(capture([](const Tensors& x) { return x; }, {Tensor()}), ValueError);
  CHECK_THROWS_AS(capture([](const Tensors&) { return Tensors{Tensor()}; }, {}), ValueError);
}

TEST_CASE("what a captured function cannot do is refused by name") {
  const Tensor leaf = ones({2}).set_requires_grad();
  Tensor kept;
  const auto refused = [](const Function& function, const std::string& text) {
    CHECK_THROWS_AS(capture(function, {ones({2})}), AutogradError);
    CHECK_THROWS_WITH(capture(function, {ones({2})}), Contains(text));
    // Nothing is left behind.
    CHECK(sum(ones({2})).item() == 2);
  };
  refused([](const Tensors& x) -> Tensors { return {sum(x[0]).item() > 1 ? x[0] : -x[0]}; },
          "item: values cannot be read while a function is captured");
  refused([](const Tensors& x) -> Tensors { return {tensor(x[0].to_vector<float>())}; }, "to_vector: values cannot");
  refused(
      [](const Tensors& x) -> Tensors {
        x[0].data<float>()[0] = 1;
        return {x[0]};
      },
      "data: values cannot");
  refused(
      [](const Tensors& x) -> Tensors {
        x[0].str();
        return {x[0]};
      },
      "str: values cannot");
  refused([](const Tensors& x) -> Tensors { return capture([](const Tensors& y) { return y; }, x)(x); },
          "cannot capture another one");
  refused(
      [](const Tensors& x) -> Tensors {
        set_random_seed(1);
        return {rand({2}) + x[0]};
      },
      "set_random_state: the stream cannot be set while a function is captured");
  const Program inner = capture([](const Tensors& x) { return Tensors{exp(x[0])}; }, {ones({2})});
  refused([&](const Tensors& x) -> Tensors { return inner(x); }, "cannot run in a function that is captured");
  refused([](const Tensors& x) -> Tensors { return {x[0] + empty({2})}; },
          "'add' reads a tensor of shape [2] that was made inside of the function, but by no operation");
  refused(
      [&](const Tensors& x) -> Tensors {
        kept = exp(x[0]);
        return x;
      },
      "'exp' makes a tensor of shape [2] that somebody keeps when the function has ended");
  kept = Tensor();
  optimizers::Adam adam;
  refused(
      [&](const Tensors& x) -> Tensors {
        adam.apply({grad(sum(leaf * x[0]), leaf)}, {leaf});
        return x;
      },
      "adam: call build(variables) before a step is captured");
  optimizers::SGD clipped({.clipnorm = 1});
  clipped.build({leaf});
  refused(
      [&](const Tensors& x) -> Tensors {
        clipped.apply({grad(sum(leaf * x[0]), leaf)}, {leaf});
        return x;
      },
      "item: values cannot be read");
}

TEST_CASE("indices and labels are checked in each run") {
  const Program program =
      capture([](const Tensors& x) -> Tensors { return {take(x[0], x[1])}; }, {arange(4), tensor({0, 1})});
  CHECK(array_equal(program({arange(4), tensor({-1, 2})})[0], tensor({3, 2})));
  CHECK_THROWS_WITH(program({arange(4), tensor({0, 4})}), Contains("take: index 4 at position 1 is out of range"));
  const Program loss =
      capture([](const Tensors& x) -> Tensors { return {sparse_categorical_crossentropy_from_logits(x[1], x[0])}; },
              {zeros({2, 3}), tensor({0, 1})});
  CHECK_THROWS_AS(loss({zeros({2, 3}), tensor({0, 3})}), IndexError);
  CHECK(loss({zeros({2, 3}), tensor({0, 2})})[0].shape() == Shape{2});
}
