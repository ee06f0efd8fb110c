#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/detail/floating.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>
#include <xtape/mask.hpp>
#include <xtape/metrics/reduction.hpp>
#include <xtape/ops/arithmetic.hpp>

#include "metrics/mean_of.hpp"

namespace xtape::metrics {
namespace {

// What takes values instead of targets and predictions.
class OfValues : public MetricImpl {
 public:
  using MetricImpl::MetricImpl;

  void update_state(const Tensor&, const Tensor&, const Tensor&) override {
    throw ValueError(name() + ": " + class_name() + " takes values, not targets and predictions; in compile use a " +
                     "function of both, whose mean is a metric");
  }
  void add(const Tensor& values, const Tensor& sample_weight) {
    if (!values.defined()) throw ValueError(name() + ": the values are undefined");
    const NoGrad no_grad;
    if (!has_mask(values)) return add_unmasked(values, sample_weight);
    const Masked masked(name(), values, mask_of(values), sample_weight);
    add_unmasked(masked.values, masked.weights);
  }
  virtual void add(double value, double weight) = 0;

  void fields(Fields& f) override { MetricFields{name()}.fields(f); }

 private:
  virtual void add_unmasked(const Tensor& values, const Tensor& sample_weight) = 0;
};

class MeanImpl : public OfValues {
 public:
  explicit MeanImpl(std::string name)
      : OfValues(std::move(name)), state_{add_variable("total"), add_variable("count")} {}

  void add(double value, double weight) override { state_.add(value, weight); }
  double result() const override { return state_.mean(); }
  std::string class_name() const override { return "Mean"; }

 private:
  void add_unmasked(const Tensor& values, const Tensor& sample_weight) override {
    state_.add(name(), values, sample_weight);
  }

  MeanState state_;
};

class SumImpl : public OfValues {
 public:
  explicit SumImpl(std::string name) : OfValues(std::move(name)), total_(add_variable("total")) {}

  void add(double value, double weight) override { total_.data<double>()[0] += value * weight; }
  double result() const override { return total_.data<const double>()[0]; }
  std::string class_name() const override { return "Sum"; }

 private:
  void add_unmasked(const Tensor& values, const Tensor& sample_weight) override {
    const Tensor numbers = is_floating(values.dtype()) ? values : values.astype(float64);
    if (!sample_weight.defined()) return add(sum_of(numbers), 1);
    const auto [weighted, weights] = detail::with_weights(numbers, sample_weight, name().c_str());
    add(sum_of(weighted * weights), 1);
  }

  Tensor total_;
};

OfValues& impl_of(const Metric& metric) { return static_cast<OfValues&>(*metric); }

}  // namespace

Mean::Mean(std::string name) : Metric(std::make_shared<MeanImpl>(std::move(name))) {}
void Mean::update_state(const Tensor& values, const Tensor& sample_weight) const {
  impl_of(*this).add(values, sample_weight);
}
void Mean::update_state(double value, double weight) const { impl_of(*this).add(value, weight); }

Sum::Sum(std::string name) : Metric(std::make_shared<SumImpl>(std::move(name))) {}
void Sum::update_state(const Tensor& values, const Tensor& sample_weight) const {
  impl_of(*this).add(values, sample_weight);
}
void Sum::update_state(double value, double weight) const { impl_of(*this).add(value, weight); }

MeanMetricWrapper::MeanMetricWrapper(std::string name, Function function)
    : Metric(mean_of({}, std::move(name), std::move(function))) {}

}  // namespace xtape::metrics
