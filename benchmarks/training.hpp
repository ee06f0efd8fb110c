#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "timing.hpp"

/// What both bench_train programs share: the command line, the made-up data and the report.
namespace bench {

/// `--model mlp|functional_mlp|cnn|lstm|transformer --batch N --threads N --steps N --epochs N`: each epoch trains
/// `steps` batches.
struct TrainingOptions {
  std::string model;
  int threads;
  int batch;
  int steps;
  int epochs;
  std::string variant;

  explicit TrainingOptions(const Arguments& arguments)
      : model(arguments.get("model", "mlp")),
        threads(arguments.get("threads", 1)),
        batch(arguments.get("batch", model == "transformer" ? 32 : 128)),
        steps(arguments.get("steps", model == "mlp" || model == "functional_mlp" ? mnist_samples / batch : 20)),
        epochs(arguments.get("epochs", 3)),
        variant(arguments.get("variant", "")) {
    if (model != "mlp" && model != "functional_mlp" && model != "cnn" && model != "lstm" && model != "transformer") {
      throw std::invalid_argument("--model: expected mlp, functional_mlp, cnn, lstm or transformer, got " + model);
    }
  }

  std::size_t samples() const { return static_cast<std::size_t>(batch) * static_cast<std::size_t>(steps); }

  static constexpr int mnist_samples = 60000;
};

struct Samples {
  std::vector<float> features;
  std::vector<std::int64_t> labels;
};

/// As sparse and as learnable as MNIST: each class lights a fifth of the cells, and one label in ten is wrong. Pure
/// noise would drive far more of Adam's averages into denormal numbers than real digits do, and time those instead.
inline Samples made_up_samples(std::size_t count, std::size_t sample_size) {
  constexpr std::uint32_t classes = 10;
  std::mt19937 generator(1);
  std::vector<bool> lit(classes * sample_size);
  for (std::size_t i = 0; i < lit.size(); ++i) lit[i] = generator() % 5 == 0;
  Samples samples{std::vector<float>(count * sample_size), std::vector<std::int64_t>(count)};
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t label = generator() % classes;
    samples.labels[i] = generator() % 10 == 0 ? generator() % classes : label;
    for (std::size_t j = 0; j < sample_size; ++j) {
      const float value = static_cast<float>(generator() >> 8) * 0x1p-24f;
      samples.features[i * sample_size + j] = lit[label * sample_size + j] ? value : 0;
    }
  }
  return samples;
}

/// Trains one epoch to warm up, then `epochs` timed ones; prints the median time and the peak memory.
template <class Epoch>
void report_training(const TrainingOptions& options, Epoch&& train_epoch) {
  train_epoch();
  std::vector<double> seconds;
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    const double start = now();
    train_epoch();
    seconds.push_back(now() - start);
  }
  const std::string name =
      options.model + "." + std::to_string(options.batch) + (options.variant.empty() ? "" : "@" + options.variant);
  const double step = median(std::move(seconds)) / options.steps;
  if (options.model == "mlp") {
    print_row("train." + name, options.threads, "s/epoch", step * TrainingOptions::mnist_samples / options.batch);
  } else {
    print_row("train." + name, options.threads, "ms/step", step * 1e3);
  }
  print_row("memory." + name, options.threads, "MB", peak_memory_mb());
}

}  // namespace bench
