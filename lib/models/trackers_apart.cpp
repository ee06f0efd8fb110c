#include <vector>
#include <xtape/metrics/metric.hpp>

#include "models/training.hpp"

namespace xtape::models {

TrackersApart::TrackersApart(ModelImpl::Training& training, const std::vector<metrics::Metric>& listed, bool apart)
    : training_(training), apart_(apart), mean_loss_(training.mean_loss) {
  if (!apart_) return;
  for (const metrics::Metric& metric : listed) metrics_.emplace_back(metric);
  for (const CompiledOutput& output : training.outputs) {
    output_losses_.push_back(output.mean_loss);
    for (const auto& logged : output.metrics) metrics_.emplace_back(logged.metric);
  }
}

TrackersApart::~TrackersApart() {
  if (!apart_) return;
  for (const detail::KeptMetric& kept : metrics_) {
    // Of what it keeps outside of its variables, nothing of the evaluation stays.
    kept.metric().reset_state();
    kept.restore();
  }
  training_.mean_loss = mean_loss_;
  for (std::size_t i = 0; i < output_losses_.size(); ++i) training_.outputs[i].mean_loss = output_losses_[i];
}

}  // namespace xtape::models
