#include "metrics/mean_of.hpp"

#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/detail/calls.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>
#include <xtape/mask.hpp>

namespace xtape::metrics {
namespace {

class MeanOf : public MetricImpl {
 public:
  MeanOf(std::string class_name, std::string name, MeanMetricWrapper::Function function,
         std::function<void(Fields&)> own_fields)
      : MetricImpl(std::move(name)),
        class_name_(std::move(class_name)),
        function_(std::move(function)),
        own_fields_(std::move(own_fields)),
        state_{add_variable("total"), add_variable("count")} {
    if (!function_) throw ValueError(this->name() + ": the function of the metric is empty");
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    add_mean_of(function_, name(), y_true, y_pred, sample_weight, state_);
  }
  double result() const override { return state_.mean(); }

  std::string class_name() const override { return class_name_.empty() ? MetricImpl::class_name() : class_name_; }
  void fields(Fields& f) override {
    if (class_name_.empty()) return MetricImpl::fields(f);
    MetricFields{name()}.fields(f);
    if (own_fields_) own_fields_(f);
  }

 private:
  std::string class_name_;
  MeanMetricWrapper::Function function_;
  std::function<void(Fields&)> own_fields_;
  MeanState state_;
};

}  // namespace

void add_mean_of(const MeanMetricWrapper::Function& function, const std::string& name, const Tensor& y_true,
                 const Tensor& y_pred, const Tensor& sample_weight, const MeanState& state) {
  const NoGrad no_grad;
  detail::check_defined(name.c_str(), y_true, y_pred);
  const auto [target, prediction] = detail::to_same_rank(y_true, y_pred);
  const Tensor values = function(target, prediction);
  detail::check_returned(name + ": the function of the metric", values);
  Tensor weights = sample_weight;
  // As in Keras, where without weights what a loss ignores counts as 0.
  if (weights.defined() && has_mask(values)) weights = Masked(name, values, mask_of(values), weights).weights;
  if (!has_mask(y_pred)) return state.add(name, values, weights);
  const Masked masked(name, values, mask_of(y_pred), weights);
  state.add(name, masked.values, masked.weights);
}

std::shared_ptr<MetricImpl> mean_of(std::string class_name, std::string name, MeanMetricWrapper::Function function,
                                    std::function<void(Fields&)> own_fields) {
  return std::make_shared<MeanOf>(std::move(class_name), std::move(name), std::move(function), std::move(own_fields));
}

}  // namespace xtape::metrics
