#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <xtape/callbacks/callback.hpp>
#include <xtape/losses/loss.hpp>
#include <xtape/metrics/metric.hpp>
#include <xtape/models/data.hpp>
#include <xtape/models/per_output.hpp>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::models {

struct CompileOptions {
  optimizers::Optimizer optimizer = "rmsprop";
  /// Required. One for all outputs, or one for each; null for an output that is not trained.
  PerOutput<losses::Loss> loss = {};
  /// Factors of the losses of the outputs in the loss; default: 1.
  PerOutput<double> loss_weights = {};
  /// One, or several. Of a model of several outputs: one for each, or by name; null for an output without.
  metrics::Metrics metrics = {};
  /// The same, of which sample_weight weighs the samples; metrics count all alike.
  metrics::Metrics weighted_metrics = {};
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
  /// x, y and perhaps sample_weight to measure loss and metrics on after each epoch; it goes before validation_split.
  Batch validation_data = {};
  /// Take the samples in a new random order in each epoch.
  bool shuffle = true;
  /// How much each sample counts in the loss, [n] or of the shape of its values; for all outputs, or for each.
  Data sample_weight = {};
};

struct EvaluateOptions {
  /// Samples per step; the last batch may be smaller.
  int64_t batch_size = 32;
  /// 0: silent, 1: a progress bar, 2: one line.
  int verbose = 1;
  /// As in FitOptions.
  Data sample_weight = {};
};

struct PredictOptions {
  /// Samples per step; the last batch may be smaller.
  int64_t batch_size = 32;
  /// 0: silent, 1: a progress bar, 2: one line.
  int verbose = 1;
};

struct BatchOptions {
  /// As in FitOptions.
  Data sample_weight = {};
};

struct SummaryOptions {
  /// Letters in a line; default: Keras's 88 (108 with what layers take), 12 more with show_trainable, or what a
  /// narrower terminal takes.
  std::optional<int> line_length = {};
  /// Where columns end, as parts of the line; default: Keras's.
  std::vector<double> positions = {};
  /// Shows the layers in models too.
  bool expand_nested = false;
  /// Shows which layers are trained.
  bool show_trainable = false;
  /// The names of two layers: shows the first one that begins as the first of these to the last one that begins as the
  /// second. Regular expressions, as in Keras. Default: all layers.
  std::vector<std::string> layer_range = {};
};

}  // namespace xtape::models
