// bench_program [--threads N] [--seconds S]: functions as they are and as captured programs, in turn. A line for each:
// name, threads, microseconds of an eager call, of a run, and eager / run.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "models.hpp"
#include "timing.hpp"

namespace {

using namespace xtape;
using Tensors = std::vector<Tensor>;
using Function = std::function<Tensors(const Tensors&)>;

// Seconds of a call: the least of several groups of calls.
double seconds_of(const std::function<void()>& call, double group_seconds) {
  int calls = 1;
  double least = 0;
  for (int group = 0; group < 3; ++group) {
    const double begin = bench::now();
    for (int i = 0; i < calls; ++i) call();
    const double taken = bench::now() - begin;
    if (taken < group_seconds / 2) {
      calls *= 2;
      --group;
      continue;
    }
    const double each = taken / calls;
    least = least == 0 ? each : std::min(least, each);
  }
  return least;
}

class Bench {
 public:
  explicit Bench(const bench::Arguments& arguments)
      : threads_(arguments.get("threads", 1)), seconds_(std::stod(arguments.get("seconds", "0.1"))) {
    set_num_threads(threads_);
    std::printf("%-40s %7s %12s %12s %8s\n", "", "threads", "eager us", "program us", "ratio");
  }

  void row(const std::string& name, const Function& function, const Tensors& inputs, bool gradients = false) {
    const Program program = capture(function, inputs);
    double eager = 0, replay = 0;
    // In turn, so that both meet the machine as it is.
    for (int i = 0; i < 5; ++i) {
      const double e = seconds_of([&] { call(function, inputs, gradients); }, seconds_);
      const double r = seconds_of([&] { program(inputs); }, seconds_);
      eager = i == 0 ? e : std::min(eager, e);
      replay = i == 0 ? r : std::min(replay, r);
    }
    std::printf("%-40s %7d %12.3f %12.3f %8.2f\n", name.c_str(), threads_, eager * 1e6, replay * 1e6, eager / replay);
    std::fflush(stdout);
  }

  // A training step as fit runs it.
  void training_step(const std::string& name, const Model& model, const Tensor& x, const Tensor& y,
                     const std::string& loss_name) {
    model(x);
    const auto loss = losses::Loss(loss_name);
    const auto optimizer = optimizers::Optimizer("adam");
    const Tensors variables = model.trainable_variables();
    optimizer->build(variables);
    row(
        name,
        [&](const Tensors& batch) -> Tensors {
          const Tensor y_pred = model(batch[0], {.training = true});
          const Tensor value = (*loss)(batch[1], y_pred);
          optimizer->apply(grad(value, variables), variables);
          return {value, y_pred};
        },
        {x, y}, true);
  }

 private:
  static void call(const Function& function, const Tensors& inputs, bool gradients) {
    if (gradients) {
      function(inputs);
    } else {
      const NoGrad no_grad;
      function(inputs);
    }
  }

  const int threads_;
  const double seconds_;
};

template <class M>
void training_steps(Bench& bench, const std::string& name, const std::function<M()>& make, const Shape& sample,
                    const std::vector<int64_t>& batches) {
  for (const int64_t batch : batches) {
    M model = make();
    Shape shape = sample;
    shape.insert(0, batch);
    bench.training_step(name + ", Adam, batch " + std::to_string(batch), model, rand(shape), randint(0, 10, {batch}),
                        "sparse_categorical_crossentropy");
  }
}

}  // namespace

int main(int argc, char** argv) try {
  Bench bench{bench::Arguments(argc, argv)};
  set_random_seed(1);

  const Tensor w1 = randn({8, 16}), b1 = randn({16}), w2 = randn({16, 1}), b2 = randn({1});
  bench.row("dense 8-16-1, forward",
            [&](const Tensors& x) -> Tensors { return {dense(dense(x[0], w1, b1, "tanh"), w2, b2)}; }, {randn({1, 8})});
  for (const int64_t size : {64, 4096, 1000000}) {
    bench.row("20 elementwise operations, " + std::to_string(size),
              [](const Tensors& x) -> Tensors {
                Tensor y = x[0];
                for (int i = 0; i < 10; ++i) y = y * x[1] + 0.5;
                return {y};
              },
              {rand({size}), rand({size})});
  }
  training_steps<Sequential>(bench, "mlp 784-128-10", bench::make_mlp, {784}, {1, 32, 128});
  Sequential small{layers::Dense(16, {.activation = "tanh", .input_shape = {8}}), layers::Dense(1)};
  bench.training_step("dense 8-16-1, Adam, batch 1", small, randn({1, 8}), randn({1, 1}), "mse");
  training_steps<Sequential>(bench, "cnn", bench::make_cnn, {28, 28, 1}, {1, 32});
  training_steps<Sequential>(bench, "lstm", bench::make_lstm, {28, 28}, {1, 32});
  training_steps<bench::TransformerClassifier>(bench, "transformer", [] { return bench::TransformerClassifier(); },
                                               {64, 128}, {1, 32});
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_program: %s\n", error.what());
  return 1;
}
