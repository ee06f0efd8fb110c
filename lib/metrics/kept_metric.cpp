#include <cstddef>
#include <utility>
#include <xtape/detail/kept_metric.hpp>
#include <xtape/ops/comparison.hpp>

namespace xtape::detail {

KeptMetric::KeptMetric(metrics::Metric metric) : metric_(std::move(metric)), state_(metric_.variables()) {
  for (metrics::MetricVariable& variable : state_) variable.value = variable.value.clone();
}

void KeptMetric::restore() const {
  const std::vector<metrics::MetricVariable>& now = metric_.variables();
  // It has begun since.
  if (state_.empty() && !now.empty()) return metric_.reset_state();
  for (std::size_t i = 0; i < state_.size(); ++i) {
    // What did not change is not written, which would be seen as a change.
    if (!array_equal(now[i].value, state_[i].value)) now[i].value.assign(state_[i].value);
  }
}

}  // namespace xtape::detail
