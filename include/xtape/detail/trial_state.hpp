#pragma once

#include <vector>
#include <xtape/detail/call_scope.hpp>
#include <xtape/detail/kept_metric.hpp>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

// For the library's own files.
namespace xtape::layers {

class LayerImpl;

/// A TrialScope whose calls also leave the variables and metrics of that layer, and of those in it, as they were, even
/// where one throws. That goes for variables that are made not to be trained, as a counter or moving statistics are:
/// calls have no business with the others, which may be large. Not while a function is captured.
class XTAPE_API TrialState {
 public:
  explicit TrialState(const LayerImpl& layer);
  ~TrialState();
  TrialState(const TrialState&) = delete;
  TrialState& operator=(const TrialState&) = delete;

  /// The same for a metric that calls may update.
  void keep(const metrics::Metric& metric);
  /// The variables of a layer that such a call has built stay as they are now.
  static void note_built(const LayerImpl& layer);

 private:
  struct Kept {
    Tensor variable, value;
  };

  void keep(const LayerImpl& layer);

  const detail::TrialScope trial_;
  std::vector<Kept> kept_;
  std::vector<detail::KeptMetric> metrics_;
  // Whether this is the outermost scope, which keeps for those in it too.
  bool outermost_ = false;
};

}  // namespace xtape::layers
