#include <algorithm>
#include <thread>
#include <utility>
#include <vector>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/conv.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/pooling.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/random.hpp>
#include <xtape/threads.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("predict records nothing") {
  Sequential model{layers::Dense(4, {.activation = "relu", .input_shape = {3}}), layers::Dense(2)};
  CHECK_FALSE(model.predict(ones({5, 3}), {.verbose = 0}).requires_grad());
}

TEST_CASE("threads may predict with one model at the same time") {
  // With one thread each, the results have the same bits whoever gets the pool; otherwise the work is split as the
  // pool is free or not.
  const auto [threads, tolerance] = GENERATE(std::pair(1, 0.0), std::pair(2, 1e-6));
  set_random_seed(4);
  Sequential model{layers::Conv2D(8, 3, {.activation = "relu", .input_shape = {12, 12, 2}}),
                   layers::BatchNormalization(),
                   layers::MaxPooling2D(2),
                   layers::Dropout(0.5),
                   layers::Flatten(),
                   layers::Dense(16, {.activation = "tanh"}),
                   layers::Dense(5, {.activation = "softmax"})};
  constexpr int callers = 8;
  std::vector<Tensor> inputs, expected;
  const int threads_before = get_num_threads();
  set_num_threads(threads);
  for (int i = 0; i < callers; ++i) {
    // Sizes of their own, so that callers also prepare shapes while others run.
    inputs.push_back(randn({i % 3 + 1, 12, 12, 2}));
    expected.push_back(model.predict(inputs.back(), {.verbose = 0}));
  }
  const std::vector<Tensor> weights = model.get_weights();
  std::vector<double> largest_differences(callers, -1);
  std::vector<std::thread> team;
  for (int i = 0; i < callers; ++i) {
    team.emplace_back([&, i] {
      const auto caller = static_cast<std::size_t>(i);
      double largest = 0;
      for (int call = 0; call < 50; ++call) {
        const Tensor y = model.predict(inputs[caller], {.verbose = 0});
        largest = std::max(largest, max(abs(y - expected[caller])).item());
      }
      largest_differences[caller] = largest;
    });
  }
  for (std::thread& thread : team) thread.join();
  set_num_threads(threads_before);
  INFO(threads << " threads");
  for (const double difference : largest_differences) {
    CHECK(difference >= 0);
    CHECK(difference <= tolerance);
  }
  const std::vector<Tensor> weights_after = model.get_weights();
  for (std::size_t i = 0; i < weights.size(); ++i) CHECK(array_equal(weights[i], weights_after[i]));
}
