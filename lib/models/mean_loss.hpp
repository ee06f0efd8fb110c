#pragma once

#include <string>

namespace xtape::models {

// The mean over samples of a loss that each batch gives for its own. No metric: it costs a step next to nothing, and a
// copy has a state of its own.
struct MeanLoss {
  // In logs.
  std::string name = "loss";
  double total = 0;
  double samples = 0;

  void add(double loss, double count) {
    total += loss * count;
    samples += count;
  }
  double result() const { return samples == 0 ? 0 : total / samples; }
  void reset() { total = samples = 0; }
};

}  // namespace xtape::models
