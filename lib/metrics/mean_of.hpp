#pragma once

#include <functional>
#include <memory>
#include <string>
#include <xtape/metrics/reduction.hpp>

#include "metrics/mean_state.hpp"

namespace xtape::metrics {

// A metric that is the mean of a function of (y_true, y_pred). `class_name` is Keras's, or empty for one of a user's
// own; `own_fields` lists what the function was made with.
std::shared_ptr<MetricImpl> mean_of(std::string class_name, std::string name, MeanMetricWrapper::Function function,
                                    std::function<void(Fields&)> own_fields = {});

// Takes a batch into the mean of such a function, of the metric `name`.
void add_mean_of(const MeanMetricWrapper::Function& function, const std::string& name, const Tensor& y_true,
                 const Tensor& y_pred, const Tensor& sample_weight, const MeanState& state);

// The fields that all metrics have. An empty name is that of the class.
struct MetricFields {
  std::string name = {};

  void fields(Fields& f) { f("name", name).accept("dtype", "float32"); }
};

}  // namespace xtape::metrics
