#include <utility>
#include <vector>
#include <xtape/metrics/metric.hpp>

#include "models/training.hpp"

namespace xtape::models {
namespace {

// A metric's state as it was: values by name. None where it has not begun, or keeps its state elsewhere.
std::vector<metrics::MetricVariable> state_of(const metrics::Metric& metric) {
  std::vector<metrics::MetricVariable> state = metric.variables();
  for (metrics::MetricVariable& variable : state) variable.value = variable.value.clone();
  return state;
}

void restore(const metrics::Metric& metric, const std::vector<metrics::MetricVariable>& state) {
  metric.reset_state();
  if (!state.empty()) metric.set_variables(state);
}

}  // namespace

struct TrackersApart::Kept {
  metrics::Metric metric;
  std::vector<metrics::MetricVariable> state;
};

TrackersApart::TrackersApart(ModelImpl::Training& training, const std::vector<metrics::Metric>& listed, bool apart)
    : training_(training), apart_(apart), mean_loss_(training.mean_loss) {
  if (!apart_) return;
  for (const metrics::Metric& metric : listed) metrics_.push_back({metric, state_of(metric)});
  for (const CompiledOutput& output : training.outputs) {
    output_losses_.push_back(output.mean_loss);
    for (const auto& logged : output.metrics) metrics_.push_back({logged.metric, state_of(logged.metric)});
  }
}

TrackersApart::~TrackersApart() {
  if (!apart_) return;
  for (const Kept& kept : metrics_) restore(kept.metric, kept.state);
  training_.mean_loss = mean_loss_;
  for (std::size_t i = 0; i < output_losses_.size(); ++i) training_.outputs[i].mean_loss = output_losses_[i];
}

}  // namespace xtape::models
