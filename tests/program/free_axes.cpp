#include "replay.hpp"

using namespace xtape;

TEST_CASE("lengths of free axes may differ from run to run") {
  const Tensor w = randn({4, 3}).set_requires_grad();
  int calls = 0;
  const Function step = [&](const Tensors& x) -> Tensors {
    ++calls;
    const Tensor y = tanh(matmul(x[0], w)).reshape({x[0].shape(0) * 3});
    const Tensor loss = mean(square(y)) + sum(x[1]);
    return {loss, grad(loss, w), y.slice(0, {0, x[0].shape(0)})};
  };
  const Program program = capture(step, {ones({8, 4}), ones({8, 2})}, {.free_axes = {{0}, {0, -1}}});
  CHECK(calls == 1);
  for (int repeat = 0; repeat < 2; ++repeat) {
    for (const int64_t batch : {8, 1, 5, 0}) {
      const Tensors x{randn({batch, 4}), randn({batch, 7})};
      const Tensors expected = step(x), results = program(x);
      for (std::size_t i = 0; i < expected.size(); ++i) CHECK(identical(results[i], expected[i]));
    }
  }
  // Once for the examples and for each length met; and those above.
  CHECK(calls == 1 + 4 + 8);
  CHECK_THROWS_WITH(program({ones({3, 5}), ones({3, 2})}),
                    "program: input 0 must have shape [8, 4], as captured, given [3, 5]");
}

TEST_CASE("programs of the last few lengths are kept") {
  int calls = 0;
  const Program program = capture(
      [&](const Tensors& x) -> Tensors {
        ++calls;
        return {x[0] * 2};
      },
      {ones({1})}, {.free_axes = {{0}}});
  for (int64_t length = 2; length < 12; ++length) program(ones({length}));
  CHECK(calls == 11);
  program(ones({1})), program(ones({11})), program(ones({5}));
  CHECK(calls == 11);
  CHECK(array_equal(program(ones({2})), full({2}, 2)));
  CHECK(calls == 12);
}

TEST_CASE("free axes are those of inputs") {
  const Function function = [](const Tensors& x) { return x; };
  CHECK_THROWS_AS(capture(function, {ones({2})}, {.free_axes = {{1}}}), IndexError);
  CHECK_THROWS_WITH(capture(function, {ones({2})}, {.free_axes = {{0}, {0}}}),
                    "capture: free_axes are given for 2 inputs of 1");
  const Program one = capture(function, {ones({2, 3})}, {.free_axes = {{1}}});
  CHECK_THROWS_AS(one(ones({3, 3})), ShapeError);
  CHECK_THROWS_AS(one(ones({2})), ShapeError);
}

TEST_CASE("results are as many for each length of a free axis, of whatever types and numbers of axes") {
  const auto doubles = [](std::size_t results, std::size_t others) {
    return Function(
        [results, others](const Tensors& x) { return Tensors(x[0].shape(0) == 3 ? results : others, x[0] * 2); });
  };
  const Tensors three{ones({3})}, four{ones({4})};
  const CaptureOptions options{.free_axes = {{0}}};
  const std::string message = "program: the number of results depends on the length of a free axis: ";
  for (const std::size_t others : {std::size_t{0}, std::size_t{1}}) {
    const Program fewer = capture(doubles(2, others), three, options);
    CHECK_THROWS_WITH(fewer(four), message + "2 for inputs of shapes [3], as captured, and " + std::to_string(others) +
                                       " for inputs of shapes [4]");
    CHECK(fewer(three).size() == 2);
    const Program more = capture(doubles(others, 2), three, options);
    CHECK_THROWS_AS(more(four), AutogradError);
    CHECK(more(three).size() == others);
  }
  const Program single = capture(doubles(1, 2), three, options);
  CHECK_THROWS_AS(single(four[0]), AutogradError);
  CHECK(array_equal(single(three[0]), full({3}, 2)));

  const Function squeezed = [](const Tensors& x) -> Tensors {
    return {x[0].shape(0) == 1 ? x[0].squeeze(0).astype(int32) : x[0] + 1};
  };
  const Program program = capture(squeezed, {ones({3, 2})}, options);
  for (const int64_t length : {3, 1, 2, 1}) {
    const Tensors x{full({length, 2}, 5)};
    CHECK(identical(program(x)[0], squeezed(x)[0]));
  }
}
