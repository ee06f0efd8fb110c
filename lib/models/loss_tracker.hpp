#pragma once

#include <memory>
#include <xtape/metrics/metric.hpp>

#include "models/mean_loss.hpp"

namespace xtape::models {

// The mean of the loss as a metric, for models that list their metrics.
metrics::Metric loss_tracker(std::shared_ptr<MeanLoss> mean);

}  // namespace xtape::models
