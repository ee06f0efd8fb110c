#include <utility>
#include <vector>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/metrics/metric.hpp>

namespace xtape::layers {

std::vector<metrics::Metric> LayerImpl::own_metrics() const {
  std::vector<metrics::Metric> result;
  for (const auto& each : metrics_) {
    if (metrics::Metric metric = each.lock()) result.push_back(std::move(metric));
  }
  return result;
}

}  // namespace xtape::layers
