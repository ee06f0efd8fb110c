#pragma once

#include <cstddef>
#include <string>
#include <vector>
#include <xtape/losses/loss.hpp>
#include <xtape/metrics/reduction.hpp>
#include <xtape/models/options.hpp>

#include "models/mean_loss.hpp"

namespace xtape::models {

// What compile says of an output of a model.
struct CompiledOutput {
  // With its name in logs.
  struct LoggedMetric {
    std::string name;
    metrics::Metric metric;
    // Whether sample weights count.
    bool weighted;
  };

  // Null if it is not trained.
  losses::Loss loss;
  double loss_weight = 1;
  std::vector<LoggedMetric> metrics;
  // Of its loss, without the weight.
  MeanLoss mean_loss;

  bool needs_target() const { return loss || !metrics.empty(); }
};

// For `count` outputs, which have these names or none at all. Names in logs are Keras's: "accuracy" of the one output,
// "kind_accuracy" and "kind_loss" of several. @throws ValueError if what is given is not that of these outputs.
std::vector<CompiledOutput> compiled_outputs(const CompileOptions& options, std::size_t count,
                                             const std::vector<std::string>& names);

}  // namespace xtape::models
