#include <limits>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

using namespace xtape;

namespace {

// What fused operations save for their gradients, and what they compute without one, agrees with the functions being
// given, which has them run step by step.
template <class Run>
void check_fused(const Run& run, const std::vector<Shape>& shapes) {
  std::vector<Tensor> inputs;
  for (const Shape& shape : shapes) {
    inputs.push_back(test::sample(shape, {-1, 1}, static_cast<int>(inputs.size())).set_requires_grad());
  }
  const auto gradients = [&](bool fused) {
    const std::vector<Tensor> outputs = run(inputs, fused);
    std::vector<Tensor> weights;
    for (const Tensor& output : outputs) weights.push_back(test::sample(output.shape(), {-1, 1}, 9));
    return std::pair(outputs, grad(outputs, inputs, {.gradients = weights}));
  };
  const auto [outputs, fused_gradients] = gradients(true);
  const auto [expected, expected_gradients] = gradients(false);
  for (std::size_t i = 0; i < outputs.size(); ++i) CHECK(allclose(outputs[i], expected[i], 1e-12, 1e-12));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    INFO("input " << i);
    CHECK(allclose(fused_gradients[i], expected_gradients[i], 1e-10, 1e-12));
  }
}

const auto own_tanh = [](const Tensor& x) { return tanh(x); };

}  // namespace

TEST_CASE("fused recurrent operations and their steps have the same gradients") {
  for (const int64_t units : {1, 5, 40}) {
    check_fused(
        [](const std::vector<Tensor>& x, bool fused) -> std::vector<Tensor> {
          const LstmOptions options = fused ? LstmOptions() : LstmOptions{.activation = own_tanh};
          const LstmResult result = lstm(x[0], x[1], x[2], x[3], x[4], x[5], options);
          return {result.outputs, result.hidden, result.cell};
        },
        {{7, 6, 3}, {3, 4 * units}, {units, 4 * units}, {4 * units}, {7, units}, {7, units}});
    check_fused(
        [](const std::vector<Tensor>& x, bool fused) -> std::vector<Tensor> {
          const GruOptions options = fused ? GruOptions() : GruOptions{.activation = own_tanh};
          const GruResult result = gru(x[0], x[1], x[2], x[3], x[4], options);
          return {result.outputs, result.hidden};
        },
        {{7, 6, 3}, {3, 3 * units}, {units, 3 * units}, {2, 3 * units}, {7, units}});
  }
}

namespace {

// Lengths of sequences as a mask, whose true values stand first.
Tensor right_padded(const std::vector<int64_t>& lengths, int64_t time) {
  return arange(time).expand_dims(0) < tensor(lengths).expand_dims(1);
}

}  // namespace

TEST_CASE("fused recurrent operations and their steps agree with masks and recurrent dropout") {
  const Tensor padded = right_padded({4, 6, 0, 1, 6, 3, 2}, 6);
  // Holes everywhere, a sequence without a step among them.
  const Tensor holes = rand({7, 6}) > 0.4;
  const std::vector<Tensor> masks = {Tensor(), padded, logical_not(padded),
                                     logical_and(holes, arange(7).expand_dims(1) != 4)};
  for (const Tensor& mask : masks) {
    for (const bool zero_output : {false, true}) {
      for (const bool backwards : {false, true}) {
        for (const bool dropout : {false, true}) {
          INFO("mask " << (mask.defined() ? mask.str() : "none") << zero_output << backwards << dropout);
          const int64_t units = 5;
          const Tensor factor = dropout ? (rand({7, 5}) > 0.3).astype(float64) * 1.5 : Tensor();
          const auto with = [&](auto options, bool fused) {
            if (!fused) options.activation = own_tanh;
            options.mask = mask;
            options.zero_output_for_mask = zero_output;
            options.go_backwards = backwards;
            options.recurrent_dropout_mask = factor;
            return options;
          };
          check_fused(
              [&](const std::vector<Tensor>& x, bool fused) -> std::vector<Tensor> {
                const LstmResult result = lstm(x[0], x[1], x[2], x[3], x[4], x[5], with(LstmOptions(), fused));
                return {result.outputs, result.hidden, result.cell};
              },
              {{7, 6, 3}, {3, 4 * units}, {units, 4 * units}, {4 * units}, {7, units}, {7, units}});
          check_fused(
              [&](const std::vector<Tensor>& x, bool fused) -> std::vector<Tensor> {
                const GruResult result = gru(x[0], x[1], x[2], x[3], x[4], with(GruOptions(), fused));
                return {result.outputs, result.hidden};
              },
              {{7, 6, 3}, {3, 3 * units}, {units, 3 * units}, {2, 3 * units}, {7, units}});
          check_fused(
              [&](const std::vector<Tensor>& x, bool fused) -> std::vector<Tensor> {
                const SimpleRnnResult result =
                    simple_rnn(x[0], x[1], x[2], x[3], x[4], with(SimpleRnnOptions(), fused));
                return {result.outputs, result.hidden};
              },
              {{7, 6, 3}, {3, units}, {units, units}, {units}, {7, units}});
        }
      }
    }
  }
}

TEST_CASE("a sequence with a mask is the shorter one without it") {
  const int64_t units = 4;
  const Tensor x = randn({1, 5, 3}), kernel = randn({3, units}), recurrent_kernel = randn({units, units});
  const Tensor mask = tensor({{false, true, false, true, true}}), state = randn({1, units});
  const Tensor kept = concatenate({x.slice(1, {1, 2}), x.slice(1, {3, 5})}, 1);
  const SimpleRnnResult masked = simple_rnn(x, kernel, recurrent_kernel, {}, state, {.mask = mask});
  const SimpleRnnResult shorter = simple_rnn(kept, kernel, recurrent_kernel, {}, state);
  CHECK(allclose(masked.hidden, shorter.hidden, 1e-6));
  CHECK(allclose(masked.outputs.select(1, 4), shorter.outputs.select(1, 2), 1e-6));
  CHECK(allclose(masked.outputs.select(1, 2), shorter.outputs.select(1, 0), 1e-6));
  // Nothing is before the first step that counts.
  CHECK(array_equal(masked.outputs.select(1, 0), zeros({1, units})));
  // Whatever a masked step holds.
  const Tensor broken = where(mask.expand_dims(-1), x, std::numeric_limits<float>::quiet_NaN());
  for (const bool fused : {true, false}) {
    const Tensor leaf = broken.detach().set_requires_grad();
    SimpleRnnOptions options{.mask = mask};
    if (!fused) options.activation = own_tanh;
    const SimpleRnnResult result = simple_rnn(leaf, kernel, recurrent_kernel, {}, state, options);
    CHECK(allclose(result.outputs, masked.outputs, 1e-6));
    result.outputs.sum().backward();
    CHECK(all(isfinite(leaf.grad())).item<bool>());
  }
  // Integers count for their truth, and a sequence without any step hands its state on.
  CHECK(array_equal(simple_rnn(x, kernel, recurrent_kernel, {}, state, {.mask = mask.astype(int32)}).outputs,
                    masked.outputs));
  const SimpleRnnResult none = simple_rnn(x, kernel, recurrent_kernel, {}, state, {.mask = zeros({1, 5}, bool_)});
  CHECK(array_equal(none.hidden, state));
  CHECK(array_equal(none.outputs, zeros({1, 5, units})));
}

TEST_CASE("recurrent operations backwards have their outputs in the order of computation") {
  const Tensor x = randn({2, 4, 3}), kernel = randn({3, 12}), recurrent_kernel = randn({4, 12});
  const GruResult backwards = gru(x, kernel, recurrent_kernel, {}, {}, {.go_backwards = true});
  const GruResult expected = gru(x.slice(1, {.step = -1}), kernel, recurrent_kernel, {});
  CHECK(array_equal(backwards.outputs, expected.outputs));
  CHECK(array_equal(backwards.hidden, backwards.outputs.select(1, 3)));
}

TEST_CASE("recurrent operations refuse masks that do not fit") {
  const Tensor x = ones({2, 5, 3}), kernel = ones({3, 4}), recurrent_kernel = ones({4, 4});
  const auto run = [&](const SimpleRnnOptions& options) { simple_rnn(x, kernel, recurrent_kernel, {}, {}, options); };
  CHECK_THROWS_MATCHES(run({.mask = ones({5, 2}, bool_)}), ShapeError,
                       Message("simple_rnn: expected mask of shape [2, 5], got [5, 2]"));
  CHECK_THROWS_MATCHES(run({.mask = ones({2, 5})}), DTypeError,
                       Message("simple_rnn: expected mask to be bool or integers, got float32"));
  CHECK_THROWS_MATCHES(run({.recurrent_dropout_mask = ones({4})}), ShapeError,
                       Message("simple_rnn: expected recurrent_dropout_mask of shape [2, 4], got [4]"));
  CHECK_THROWS_MATCHES(run({.recurrent_dropout_mask = ones({2, 4}, float64)}), DTypeError,
                       Message("simple_rnn: expected recurrent_dropout_mask to be float32 as x, got float64"));
  CHECK_THROWS_MATCHES(simple_rnn(x, kernel, ones({4}), {}), ShapeError,
                       Message("simple_rnn: expected recurrent_kernel [units, units], got [4]"));
}

TEST_CASE("recurrent operations over no steps hand their states on") {
  const Tensor x = zeros({2, 0, 3}), state = randn({2, 4});
  const GruResult result = gru(x, ones({3, 12}), ones({4, 12}), {}, state);
  CHECK(result.outputs.shape() == Shape{2, 0, 4});
  CHECK(array_equal(result.hidden, state));
  CHECK(array_equal(lstm(x, ones({3, 16}), ones({4, 16}), {}, state).cell, zeros({2, 4})));
}

TEST_CASE("recurrent operations refuse what does not fit") {
  const Tensor x = ones({2, 5, 3}), kernel = ones({3, 12}), recurrent_kernel = ones({4, 12}), bias = ones({2, 12});
  const auto check = [](const auto& call, const std::string& message) {
    CHECK_THROWS_MATCHES(call(), ShapeError, Message(message));
  };
  check([&] { gru(ones({2, 3}), kernel, recurrent_kernel, bias); }, "gru: expected x [batch, time, in], got [2, 3]");
  check([&] { gru(x, kernel, ones({12}), bias); }, "gru: expected recurrent_kernel [units, 3 units], got [12]");
  check([&] { gru(x, ones({4, 12}), recurrent_kernel, bias); }, "gru: expected kernel of shape [3, 12], got [4, 12]");
  check([&] { gru(x, kernel, recurrent_kernel, ones({12})); }, "gru: expected bias of shape [2, 12], got [12]");
  check([&] { gru(x, kernel, recurrent_kernel, bias, {}, {.reset_after = false}); },
        "gru: expected bias of shape [12], got [2, 12]");
  check([&] { gru(x, kernel, recurrent_kernel, bias, ones({4})); },
        "gru: expected initial_hidden of shape [2, 4], got [4]");
  check(
      [&] {
        lstm(x, ones({3, 16}), recurrent_kernel, {});
      },
      "lstm: expected recurrent_kernel of shape [4, 16], got [4, 12]");
  check(
      [&] {
        lstm(x, ones({3, 16}), ones({4, 16}), {}, {}, ones({3, 4}));
      },
      "lstm: expected initial_cell of shape [2, 4], got [3, 4]");
  CHECK_THROWS_MATCHES(gru(x, kernel, recurrent_kernel, ones({2, 12}, float64)), DTypeError,
                       Message("gru: expected bias to be float32 as x, got float64"));
  CHECK_THROWS_WITH(gru(ones({2, 5, 3}, int64), kernel, recurrent_kernel, bias), Contains("gru: "));
  CHECK_THROWS_WITH(gru({}, kernel, recurrent_kernel, bias), Contains("gru: "));
}

TEST_CASE("a recurrent operation refuses a gradient after its outputs have changed") {
  const Tensor kernel = randn({3, 12}).set_requires_grad();
  const Tensor outputs = gru(randn({2, 5, 3}), kernel, randn({4, 12}), {}).outputs;
  outputs.detach().fill(0);
  CHECK_THROWS_AS(outputs.sum().backward(), AutogradError);
}
