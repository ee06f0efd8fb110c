#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>
#include <xtape/callbacks/callback.hpp>
#include <xtape/losses/loss.hpp>
#include <xtape/metrics/metric.hpp>
#include <xtape/optimizers/optimizer.hpp>
#include <xtape/tensor.hpp>

namespace xtape::models {

struct CompileOptions {
  optimizers::Optimizer optimizer = "rmsprop";
  /// Required.
  losses::Loss loss = {};
  /// One, or several.
  metrics::Metrics metrics = {};
  /// Has `fit` capture the training step on the first batch (program.hpp) and replay it: the same results, bit for bit,
  /// in less time. The learning rate may change from step to step. A step that cannot be captured, because it reads
  /// values (clipnorm does, so do conditions on tensors), runs as it is, which `fit` says once on std::cerr. C++
  /// variables of the model's own are numbers of the captured step: one that counts calls stands still in it.
  bool jit_compile = false;
};

struct FitOptions {
  /// Samples per step; the last batch of an epoch may be smaller.
  int64_t batch_size = 32;
  int64_t epochs = 1;
  /// 0: silent, 1: a progress bar, 2: one line an epoch.
  int verbose = 1;
  std::vector<std::shared_ptr<callbacks::Callback>> callbacks = {};
  /// The part of the samples, taken from the end, on which loss and metrics are measured after each epoch
  /// instead of being trained on; in [0, 1).
  double validation_split = 0;
  /// x and y to measure loss and metrics on after each epoch; it goes before validation_split.
  std::pair<Tensor, Tensor> validation_data = {};
  /// Take the samples in a new random order in each epoch.
  bool shuffle = true;
};

struct EvaluateOptions {
  /// Samples per step; the last batch may be smaller.
  int64_t batch_size = 32;
  /// 0: silent, 1: a progress bar, 2: one line.
  int verbose = 1;
};

struct PredictOptions {
  /// Samples per step; the last batch may be smaller.
  int64_t batch_size = 32;
  /// 0: silent, 1: a progress bar, 2: one line.
  int verbose = 1;
};

}  // namespace xtape::models
