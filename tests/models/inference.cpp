#include <thread>
#include <vector>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/conv2d.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/max_pooling2d.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/random.hpp>
#include <xtape/threads.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("predict records nothing") {
  Sequential model{layers::Dense(4, {.activation = "relu", .input_shape = {3}}), layers::Dense(2)};
  CHECK_FALSE(model.predict(ones({5, 3}), {.verbose = 0}).requires_grad());
}

TEST_CASE("threads may predict with one model at the same time") {
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
  const int threads = get_num_threads();
  // With one thread each, the results have the same bits whoever gets the pool.
  set_num_threads(1);
  for (int i = 0; i < callers; ++i) {
    // Sizes of their own, so that callers also prepare shapes while others run.
    inputs.push_back(randn({i % 3 + 1, 12, 12, 2}));
    expected.push_back(model.predict(inputs.back(), {.verbose = 0}));
  }
  std::vector<int> wrong(callers, -1);
  std::vector<std::thread> team;
  for (int i = 0; i < callers; ++i) {
    team.emplace_back([&, i] {
      const auto caller = static_cast<std::size_t>(i);
      int differing = 0;
      for (int call = 0; call < 50; ++call) {
        const Tensor y = model.predict(inputs[caller], {.verbose = 0});
        differing += y.to_vector<float>() != expected[caller].to_vector<float>();
      }
      wrong[caller] = differing;
    });
  }
  for (std::thread& thread : team) thread.join();
  set_num_threads(threads);
  CHECK(wrong == std::vector<int>(callers, 0));
}
