#include <random>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

using namespace xtape;
using Tensors = std::vector<Tensor>;

namespace {

// A matrix made of others by one operation drawn at random. All are of shape [3, 3], and values stay small.
Tensor random_operation(std::mt19937_64& engine, const Tensors& known) {
  const auto pick = [&] { return known[engine() % known.size()]; };
  const Tensor a = pick(), b = pick();
  switch (engine() % 14) {
    case 0:
      return (a + b) * 0.5;
    case 1:
      return a * b * 0.5;
    case 2:
      return tanh(a);
    case 3:
      return a / (2 + square(b));
    case 4:
      return matmul(a, b.transpose()) * 0.3;
    case 5:
      return softmax(a, 0) - b * 0.5;
    case 6:
      return concatenate({a.slice(0, {.start = 1}), b.slice(0, {.stop = 1})}, 0);
    case 7:
      return a - mean(b, 0, true);
    case 8:
      return sin(a.reshape({9}).slice(0, {.step = -1}).reshape({3, 3}));
    case 9:
      return stack({a[0], b[1], a[0]}, 1);
    case 10:
      return sum(a, 1, true) * 0.3 * b[2];
    case 11:
      return where(a.detach() > b.detach(), a, sigmoid(b));
    case 12:
      return take(a, tensor({2, 2, 0})) + logsumexp(b) * 0.1;
    default:
      return split(concatenate({a, b}, 1), int64_t{2}, 1)[engine() % 2] * 0.9;
  }
}

}  // namespace

TEST_CASE("graphs of random operations have the gradients that differences show") {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const auto function = [seed](const Tensors& inputs) -> Tensors {
      std::mt19937_64 engine(seed);
      Tensors known = inputs;
      for (int i = 0; i < 15; ++i) known.push_back(random_operation(engine, known));
      // The last ones, and one that others may use too.
      return {known.back(), known[known.size() - 2], known[inputs.size() + 3]};
    };
    const Tensors inputs{test::sample({3, 3}, {-1, 1}, 2 * seed + 1).set_requires_grad(),
                         test::sample({3, 3}, {-1, 1}, 2 * seed + 2).set_requires_grad()};
    // An input may happen not to be used.
    const GradcheckReport report = gradcheck(function, inputs, {.second_order = seed % 4 == 0, .allow_zero = true});
    INFO("graph " << seed << ": " << report.message);
    CHECK(report.passed);
  }
}
