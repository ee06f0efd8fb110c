#include "models/training.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <xtape/mask.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/indexing.hpp>

#include "models/train_step.hpp"

namespace xtape::models {
namespace {

// The samples that `choose` takes of a tensor, and of its mask.
template <class Choose>
Tensor chosen(const Tensor& tensor, const Choose& choose) {
  if (!has_mask(tensor)) return choose(tensor);
  const Tensor mask = mask_of(tensor);
  return with_mask(choose(tensor), mask.rank() > 0 ? choose(mask) : mask);
}

// Those of each tensor; an output without a target has none.
template <class Choose>
Data chosen(const Data& data, const Choose& choose) {
  std::vector<Tensor> result;
  result.reserve(data.size());
  for (const Tensor& tensor : data.all()) result.push_back(tensor.defined() ? chosen(tensor, choose) : Tensor());
  return result;
}

template <class Choose>
Batch chosen(const Batch& batch, const Choose& choose) {
  return {chosen(batch.x, choose), chosen(batch.y, choose), chosen(batch.sample_weight, choose)};
}

}  // namespace

ModelImpl::Training::Training(const CompileOptions& given) : options(given) {}
ModelImpl::Training::~Training() = default;

void ModelImpl::Training::reset() {
  mean_loss.reset_state();
  for (CompiledOutput& output : outputs) {
    output.mean_loss.reset_state();
    for (const auto& logged : output.metrics) logged.metric.reset_state();
  }
}

void ModelImpl::Training::gather(const Batch& batch, const std::vector<Tensor>& y_pred, double loss_value,
                                 const std::vector<Tensor>& losses) {
  mean_loss.update_state(loss_value, static_cast<double>(batch.x[0].shape(0)));
  knows_output_losses_ = !losses.empty();
  auto loss = losses.begin();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (knows_output_losses_ && outputs[i].loss) {
      outputs[i].mean_loss.update_state((loss++)->item(), static_cast<double>(y_pred[i].shape(0)));
    }
    for (const auto& logged : outputs[i].metrics) {
      logged.metric.update_state(batch.y[i], y_pred[i], logged.weighted ? weight_of(batch.sample_weight, i) : Tensor());
    }
  }
}

const callbacks::Logs& ModelImpl::Training::sorted() {
  const callbacks::Logs now = in_order();
  if (logs.size() != now.size()) {
    std::vector<std::string> names;
    for (const auto& [name, value] : now) names.push_back(name);
    std::sort(names.begin(), names.end());
    logs = {};
    for (const std::string& name : names) logs.set(name, 0);
  }
  for (const auto& [name, value] : now) logs.set(name, value);
  return logs;
}

callbacks::Logs ModelImpl::Training::in_order() const {
  callbacks::Logs result;
  result.set("loss", mean_loss.result());
  if (knows_output_losses_) {
    for (const CompiledOutput& output : outputs) {
      if (output.loss) result.set(output.mean_loss.name(), output.mean_loss.result());
    }
  }
  std::vector<const CompiledOutput::LoggedMetric*> metrics;
  for (const CompiledOutput& output : outputs) {
    for (const auto& logged : output.metrics) metrics.push_back(&logged);
  }
  if (outputs.size() > 1) {
    std::sort(metrics.begin(), metrics.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  }
  for (const auto* logged : metrics) result.set(logged->name, logged->metric.result());
  return result;
}

Penalties::Penalties(const layers::LayerImpl& model) : variables_(model.weights()) {
  std::erase_if(variables_,
                [](const layers::Variable& variable) { return !variable.trainable || !variable.regularizer; });
}

Tensor Penalties::add_to(Tensor loss) const {
  for (const layers::Variable& variable : variables_) loss = loss + variable.penalty();
  return loss;
}

Tensor weight_of(const Data& sample_weight, std::size_t output) {
  if (sample_weight.size() == 0) return {};
  return sample_weight[sample_weight.size() == 1 ? 0 : output];
}

Batch slice(const Batch& data, const Slice& range) {
  return chosen(data, [&](const Tensor& tensor) { return tensor.slice(0, range); });
}

Batch take(const Batch& data, const Tensor& indices) {
  return chosen(data, [&](const Tensor& tensor) { return xtape::take(tensor, indices); });
}

Batch Batches::operator[](int64_t position) const {
  if (size() == 1 && !order_.defined()) return data_;
  const int64_t begin = position * batch_size_;
  const Slice range{begin, begin + std::min(batch_size_, samples() - begin)};
  return order_.defined() ? take(data_, order_.slice(0, range)) : slice(data_, range);
}

}  // namespace xtape::models
