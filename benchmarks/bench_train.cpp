// bench_train --model mlp|functional_mlp|cnn|lstm|transformer [--batch N] [--threads N] [--steps N] [--epochs N]
// [--jit_compile 1]: time of training with Adam and sparse categorical cross-entropy, and peak memory.

#include <cstdio>
#include <exception>
#include <xtape/xtape.hpp>

#include "models.hpp"
#include "training.hpp"

namespace {

template <class Model>
void train(const bench::TrainingOptions& options, bool jit_compile, Model model, const xtape::Shape& sample_shape) {
  auto samples = bench::made_up_samples(options.samples(), static_cast<std::size_t>(sample_shape.numel()));
  const auto count = static_cast<int64_t>(options.samples());
  xtape::Shape shape = sample_shape;
  shape.insert(0, count);
  const auto x = xtape::borrow_data(samples.features.data(), shape);
  const auto y = xtape::borrow_data(samples.labels.data(), {count});
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .jit_compile = jit_compile});
  bench::report_training(options, [&] { model.fit(x, y, {.batch_size = options.batch, .verbose = 0}); });
}

}  // namespace

int main(int argc, char** argv) try {
  const bench::Arguments arguments(argc, argv);
  const bench::TrainingOptions options{arguments};
  const bool jit = arguments.get("jit_compile", 0) != 0;
  xtape::set_num_threads(options.threads);
  if (options.model == "mlp") train(options, jit, bench::make_mlp(), {784});
  if (options.model == "functional_mlp") train(options, jit, bench::make_functional_mlp(), {784});
  if (options.model == "cnn") train(options, jit, bench::make_cnn(), {28, 28, 1});
  if (options.model == "lstm") train(options, jit, bench::make_lstm(), {28, 28});
  if (options.model == "transformer") train(options, jit, bench::TransformerClassifier(), {64, 128});
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_train: %s\n", error.what());
  return 1;
}
