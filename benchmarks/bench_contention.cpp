// bench_contention [--rounds N] [--threads N]: the time of trainings that share the machine, as a table of medians.
// Columns, seconds for the same work: with one thread and with N alone, with one thread and with N beside a process
// that spins, two with N threads each at once; then what matters: N threads beside the spinning process against one
// thread there, and two at once against one after the other. Each measurement is a process of its own, taken in turn.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "models.hpp"
#include "training.hpp"

namespace {

using xtape::Tensor;

/// Trains `model` on `steps` batches of made-up digits.
std::function<void()> training(xtape::Sequential model, const xtape::Shape& sample_shape, int batch, int steps) {
  const int64_t count = int64_t{batch} * steps;
  const auto samples = bench::made_up_samples(static_cast<std::size_t>(count), 784);
  xtape::Shape shape = sample_shape;
  shape.insert(0, count);
  const Tensor x = xtape::from_data(samples.features.data(), shape);
  const Tensor y = xtape::from_data(samples.labels.data(), {count});
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
  return [model, x, y, batch] { model.fit(x, y, {.batch_size = batch, .verbose = 0}); };
}

/// A chain of multiplications and additions of small matrices, forward and backward.
std::function<void()> small_ops() {
  const Tensor w = xtape::rand({8, 8}).set_requires_grad(), b = xtape::rand({8, 8});
  return [w, b] {
    for (int pass = 0; pass < 3000; ++pass) {
      Tensor y = b;
      for (int i = 0; i < 100; ++i) y = y * w + b;
      y.sum().backward();
    }
  };
}

struct Case {
  const char* name;
  std::function<std::function<void()>()> make;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"MLP, batch 32", [] { return training(bench::make_mlp(), {784}, 32, 3000); }},
      {"CNN, batch 128",
       [] {
         return training(bench::make_cnn(), {28, 28, 1}, 128, 40);
       }},
      {"8x8 operations", small_ops},
  };
  return all;
}

/// In a process of its own: gets ready, says so, waits for the word, and reports the time of the work.
void work(const Case& which, int threads) {
  xtape::set_num_threads(threads);
  const auto run = which.make();
  run();
  std::puts("ready");
  std::fflush(stdout);
  std::getchar();
  const double start = bench::now();
  run();
  std::printf("%.6f\n", bench::now() - start);
}

/// A process that runs work().
class Worker {
 public:
  Worker(std::size_t which, int threads) {
    std::array<int, 2> to{}, from{};
    if (pipe(to.data()) != 0 || pipe(from.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    child_ = fork();
    if (child_ == 0) {
      dup2(to[0], STDIN_FILENO);
      dup2(from[1], STDOUT_FILENO);
      for (const int end : {to[0], to[1], from[0], from[1]}) close(end);
      const std::string number = std::to_string(which), count = std::to_string(threads);
      execl("/proc/self/exe", "bench_contention", "--work", number.c_str(), "--threads", count.c_str(), nullptr);
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    to_ = fdopen(to[1], "w");
    from_ = fdopen(from[0], "r");
    read();
  }
  ~Worker() {
    std::fclose(to_);
    std::fclose(from_);
    waitpid(child_, nullptr, 0);
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void go() {
    std::fputs("\n", to_);
    std::fflush(to_);
  }
  double seconds() { return std::stod(read()); }

 private:
  std::string read() {
    std::array<char, 64> line{};
    if (!std::fgets(line.data(), line.size(), from_)) throw std::runtime_error("a worker has failed");
    return line.data();
  }

  pid_t child_;
  std::FILE *to_, *from_;
};

/// A process that spins on one core.
class BusyNeighbour {
 public:
  BusyNeighbour() : child_(fork()) {
    if (child_ == 0)
      for (volatile unsigned spin = 0;;) spin = spin + 1;
  }
  ~BusyNeighbour() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  BusyNeighbour(const BusyNeighbour&) = delete;
  BusyNeighbour& operator=(const BusyNeighbour&) = delete;

 private:
  pid_t child_;
};

double alone(std::size_t which, int threads) {
  Worker worker(which, threads);
  worker.go();
  return worker.seconds();
}

double beside_a_busy_process(std::size_t which, int threads) {
  Worker worker(which, threads);
  const BusyNeighbour neighbour;
  worker.go();
  return worker.seconds();
}

double two_at_once(std::size_t which, int threads) {
  Worker first(which, threads), second(which, threads);
  first.go();
  second.go();
  const double first_seconds = first.seconds();
  return std::max(first_seconds, second.seconds());
}

void print_table(int rounds, int threads) {
  std::printf(
      "| | alone, 1 | alone, %d | beside a busy process, 1 | the same, %d | two at once, %d each | busy %d / 1 | "
      "at once / in turn |\n|---|---|---|---|---|---|---|---|\n",
      threads, threads, threads, threads);
  for (std::size_t which = 0; which < cases().size(); ++which) {
    std::array<std::vector<double>, 5> seconds;
    for (int round = 0; round < rounds; ++round) {
      seconds[0].push_back(alone(which, 1));
      seconds[1].push_back(alone(which, threads));
      seconds[2].push_back(beside_a_busy_process(which, 1));
      seconds[3].push_back(beside_a_busy_process(which, threads));
      seconds[4].push_back(two_at_once(which, threads));
    }
    std::array<double, 5> middle{};
    for (std::size_t i = 0; i < middle.size(); ++i) middle[i] = bench::median(seconds[i]);
    std::printf("| %s | %.3f | %.3f | %.3f | %.3f | %.3f | %.2f | %.2f |\n", cases()[which].name, middle[0], middle[1],
                middle[2], middle[3], middle[4], middle[3] / middle[2], middle[4] / (2 * middle[1]));
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const bench::Arguments arguments(argc, argv);
  const int threads = arguments.get("threads", 2);
  if (const int which = arguments.get("work", -1); which >= 0)
    work(cases().at(static_cast<std::size_t>(which)), threads);
  else
    print_table(arguments.get("rounds", 5), threads);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_contention: %s\n", error.what());
  return 1;
}
