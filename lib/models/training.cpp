#include "models/training.hpp"

#include <algorithm>
#include <string>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/indexing.hpp>

#include "models/train_step.hpp"

namespace xtape::models {

ModelImpl::Training::Training() = default;
ModelImpl::Training::~Training() = default;

void ModelImpl::Training::reset() {
  mean_loss.reset_state();
  for (const auto& metric : metrics) metric.reset_state();
}

void ModelImpl::Training::gather(const Tensor& y_true, const Tensor& y_pred, double loss_value) {
  mean_loss.update_state(loss_value, static_cast<double>(y_true.shape(0)));
  for (const auto& metric : metrics) metric.update_state(y_true, y_pred);
}

const callbacks::Logs& ModelImpl::Training::sorted() {
  if (logs.size() == 0) {
    std::vector<std::string> names = {"loss"};
    for (const auto& metric : metrics) names.push_back(metric.name());
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) logs.set(name, 0);
  }
  logs.set("loss", mean_loss.result());
  for (const auto& metric : metrics) logs.set(metric.name(), metric.result());
  return logs;
}

callbacks::Logs ModelImpl::Training::in_order() const {
  callbacks::Logs logs;
  logs.set("loss", mean_loss.result());
  for (const auto& metric : metrics) logs.set(metric.name(), metric.result());
  return logs;
}

Penalties::Penalties(const layers::LayerImpl& model) : variables_(model.weights()) {
  std::erase_if(variables_,
                [](const layers::Variable& variable) { return !variable.trainable || !variable.regularizer; });
}

Tensor Penalties::add_to(Tensor loss) const {
  for (const layers::Variable& variable : variables_) loss = loss + variable.penalty();
  return loss;
}

std::pair<Tensor, Tensor> Batches::operator[](int64_t position) const {
  const int64_t begin = position * batch_size_;
  const Slice range{begin, begin + std::min(batch_size_, x_.shape(0) - begin)};
  if (!order_.defined()) return {x_.slice(0, range), y_.slice(0, range)};
  const Tensor indices = order_.slice(0, range);
  return {take(x_, indices), take(y_, indices)};
}

}  // namespace xtape::models
