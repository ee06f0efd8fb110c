#include "models/class_weight.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::models {
namespace {

// int64 [n] of y [n], or [n, ..., 1] or [n, ..., classes] of which the axes between have the length 1.
Tensor classes_of(const Tensor& y) {
  if (y.rank() > 1 && y.shape(-1) != 1) return argmax(y, -1).reshape({y.shape(0)}).contiguous();
  const Tensor labels = y.reshape({y.shape(0)});
  return (is_floating(labels.dtype()) ? round(labels) : labels).astype(int64).contiguous();
}

}  // namespace

void check_class_weight(const std::map<int64_t, double>& class_weight) {
  for (const auto& [label, weight] : class_weight) {
    if (label < 0) throw ValueError("class_weight: classes count from 0, given " + std::to_string(label));
    if (std::isfinite(weight) && weight >= 0) continue;
    throw ValueError("class_weight: a weight must be finite and not negative, given " + std::to_string(weight) +
                     " for class " + std::to_string(label));
  }
}

Batch with_class_weight(Batch data, const std::map<int64_t, double>& class_weight) {
  if (data.sample_weight.defined()) {
    throw ValueError(
        "class_weight and sample_weight are both given: multiply the weights of the samples by those of "
        "their classes, and give sample_weight alone");
  }
  if (data.y.size() != 1 || !data.y[0].defined()) {
    throw ValueError("class_weight is for a model of one output, whose targets are given; " +
                     std::to_string(data.y.size()) + " are: use sample_weight");
  }
  const Tensor& y = data.y[0];
  int64_t steps = 1;
  for (int axis = 1; axis + 1 < y.rank(); ++axis) steps *= y.shape(axis);
  if (y.rank() < 1 || steps != 1) {
    throw ValueError("class_weight takes one class for each sample, y [n], [n, 1] or one-hot [n, classes], given " +
                     y.shape().str() + ": give sample_weight [n, steps] for the steps of sequences");
  }
  const NoGrad no_grad;
  const Tensor classes = classes_of(y);
  Tensor weights = empty({y.shape(0)}, float32);
  const int64_t* label = classes.data<int64_t>();
  float* weight = weights.data<float>();
  for (int64_t i = 0; i < y.shape(0); ++i) {
    const auto entry = class_weight.find(label[i]);
    weight[i] = entry == class_weight.end() ? 1.0F : static_cast<float>(entry->second);
  }
  data.sample_weight = std::move(weights);
  return data;
}

}  // namespace xtape::models
