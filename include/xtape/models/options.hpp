#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include <xtape/callbacks/callback.hpp>
#include <xtape/losses/loss.hpp>
#include <xtape/metrics/metric.hpp>
#include <xtape/models/data.hpp>
#include <xtape/models/per_output.hpp>
#include <xtape/models/validation.hpp>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::models {

struct CompileOptions {
  optimizers::Optimizer optimizer = "rmsprop";
  /// One for all outputs, or one for each; null for an output that is not trained. Without any, layers must add one.
  PerOutput<losses::Loss> loss = {};
  /// Factors of the losses of the outputs in the loss; default: 1.
  PerOutput<double> loss_weights = {};
  /// One, or several. Of a model of several outputs: one for each, null for an output without; several for each,
  /// `std::vector<metrics::Metrics>{{"mae", "mse"}, {"accuracy"}}`; or by name.
  metrics::Metrics metrics = {};
  /// The same, of which sample_weight weighs the samples; metrics count all alike.
  metrics::Metrics weighted_metrics = {};
  /// Batches from one call of the batch callbacks, and one update of the progress bar, to the next in fit and evaluate.
  int64_t steps_per_execution = 1;
  /// Has `fit` capture the training step on the first batch (program.hpp) and replay it: the same results, bit for bit,
  /// in less time. The learning rate may change from step to step. A step that cannot be captured, because it reads
  /// values (clipnorm does, so do conditions on tensors), runs as it is, which `fit` says once on std::cerr. C++
  /// variables of the model's own are numbers of the captured step: one that counts calls stands still in it.
  bool jit_compile = false;
};

struct FitOptions {
  /// Samples per step; the last batch may be smaller. Data that come as Batches are of the sizes that they have.
  /// Default: 32, or as many as let steps_per_epoch go through all samples, ceil(samples / steps_per_epoch).
  std::optional<int64_t> batch_size = {};
  /// The number of the last epoch, from 1: with initial_epoch there are fewer.
  int64_t epochs = 1;
  /// 0: silent, 1: a progress bar, 2: one line an epoch.
  int verbose = 1;
  std::vector<callbacks::Callback> callbacks = {};
  /// The part of the samples, taken from the end, on which loss and metrics are measured after each epoch
  /// instead of being trained on; in [0, 1). Not for Batches.
  double validation_split = 0;
  /// `{x, y}`, `{x, y, sample_weight}` or Batches to measure loss and metrics on after each epoch; it goes before
  /// validation_split.
  ValidationData validation_data = {};
  /// Take the samples in a new random order in each epoch. Batches come as they come.
  bool shuffle = true;
  /// How much the samples of a class count in the loss and in weighted_metrics, 1 for classes that are not listed; for
  /// models of one output, with targets [n], [n, 1] or one-hot. Validation takes all alike.
  std::map<int64_t, double> class_weight = {};
  /// How much each sample counts in the loss, [n] or of the shape of its values; for all outputs, or for each. Batches
  /// bring their own.
  Data sample_weight = {};
  /// The number of the first epoch, to go on from there.
  int64_t initial_epoch = 0;
  /// Steps of an epoch; the next one goes on where it stopped. Default: until the data end.
  std::optional<int64_t> steps_per_epoch = {};
  /// Steps of a validation, which begins with the first batch each time. Default: until the data end.
  std::optional<int64_t> validation_steps = {};
  /// Default: batch_size; where that is not given either, as there, by validation_steps.
  std::optional<int64_t> validation_batch_size = {};
  /// After which epochs there is a validation: `2` for each second one, `{1, 5}` for these.
  ValidationFreq validation_freq = 1;
  /// Has SIGINT (Ctrl-C) end the training after the batch, without a validation, as a callback would; a second one does
  /// what it did before.
  bool stop_on_interrupt = false;
  /// Looks for NaN and infinity in x and y before they are used.
  bool check_finite = false;
};

struct EvaluateOptions {
  /// Samples per step; the last batch may be smaller. Default: 32, or ceil(samples / steps).
  std::optional<int64_t> batch_size = {};
  /// 0: silent, 1: a progress bar, 2: one line.
  int verbose = 1;
  /// As in FitOptions.
  Data sample_weight = {};
  /// Default: until the data end.
  std::optional<int64_t> steps = {};
  std::vector<callbacks::Callback> callbacks = {};
  /// As in FitOptions.
  bool check_finite = false;
};

struct PredictOptions {
  /// Samples per step; the last batch may be smaller. Default: 32, or ceil(samples / steps).
  std::optional<int64_t> batch_size = {};
  /// 0: silent, 1: a progress bar, 2: one line.
  int verbose = 1;
  /// Default: until the data end.
  std::optional<int64_t> steps = {};
  std::vector<callbacks::Callback> callbacks = {};
};

struct BatchOptions {
  /// As in FitOptions.
  Data sample_weight = {};
  /// As in FitOptions; not for test_on_batch.
  std::map<int64_t, double> class_weight = {};
};

struct SummaryOptions {
  /// Letters in a line; default: Keras's 88 (108 with what layers take), 12 more with show_trainable; to std::cout at
  /// most 4 less than the environment variable COLUMNS says, else the terminal, else 80.
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
