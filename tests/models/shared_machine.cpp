#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <iterator>
#include <thread>
#include <vector>
#include <xtape/layers/conv.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/pooling.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/random.hpp>
#include <xtape/threads.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

// All weights, one after the other, of a network that has been trained from one seed.
std::vector<float> trained_weights() {
  set_random_seed(7);
  Sequential model{layers::Conv2D(16, 3, {.activation = "relu", .input_shape = {14, 14, 8}}),
                   layers::MaxPooling2D(2),
                   layers::Dropout(0.25),
                   layers::Flatten(),
                   layers::Dense(64, {.activation = "relu"}),
                   layers::Dense(10, {.activation = "softmax"})};
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
  model.fit(randn({128, 14, 14, 8}), randint(0, 10, {128}), {.batch_size = 32, .epochs = 2, .verbose = 0});
  std::vector<float> all;
  for (const Tensor& weights : model.get_weights()) {
    const std::vector<float> values = weights.to_vector<float>();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

class TwoThreads {
 public:
  TwoThreads() { set_num_threads(2); }
  ~TwoThreads() { set_num_threads(before_); }
  TwoThreads(const TwoThreads&) = delete;
  TwoThreads& operator=(const TwoThreads&) = delete;

 private:
  const int before_ = get_num_threads();
};

}  // namespace

TEST_CASE("training has the same bits beside threads that take the cores") {
  const TwoThreads two_threads;
  const std::vector<float> alone = trained_weights();
  std::atomic<bool> stop{false};
  std::vector<std::thread> neighbours;
  for (int i = 0; i < 3; ++i) {
    neighbours.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed)) {
      }
    });
  }
  const std::vector<float> crowded = trained_weights();
  stop = true;
  for (std::thread& neighbour : neighbours) neighbour.join();
  CHECK(crowded == alone);
}

TEST_CASE("one thread is one thread") {
  const TwoThreads two_threads;
  // A child has no threads yet but this one.
  const pid_t child = fork();
  if (child == 0) {
    alarm(120);  // a child that hangs has failed
    set_num_threads(1);
    trained_weights();
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    _exit(static_cast<int>(std::distance(begin(tasks), end(tasks))));
  }
  REQUIRE(child > 0);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 1);
}

TEST_CASE("a child that is forked off after a training trains as its parent") {
  const TwoThreads two_threads;
  const std::vector<float> weights = trained_weights();
  const pid_t child = fork();
  if (child == 0) {
    alarm(120);  // a child that hangs has failed
    _exit(trained_weights() == weights ? 0 : 1);
  }
  REQUIRE(child > 0);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(trained_weights() == weights);
}
