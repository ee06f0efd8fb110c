#include <algorithm>
#include <cmath>
#include <limits>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/host_callback.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/optimizers/adam.hpp>
#include <xtape/optimizers/optimizer.hpp>
#include <xtape/optimizers/rmsprop.hpp>
#include <xtape/optimizers/sgd.hpp>
#include <xtape/program.hpp>

#include "config/classes.hpp"

namespace xtape::optimizers {
namespace {

constexpr config::Class<Optimizer> entries[] = {
    config::class_of<Optimizer, SGD, SGDOptions>("SGD", "sgd"),
    config::class_of<Optimizer, Adam, AdamOptions>("Adam"),
    config::class_of<Optimizer, AdamW, AdamWOptions>("AdamW", "adamw"),
    config::class_of<Optimizer, RMSprop, RMSpropOptions>("RMSprop", "rmsprop"),
};

// The norm, also where squares leave the range of the gradient's type.
double norm(const Tensor& gradient) {
  const double squares = sum(square(gradient)).item();
  if (std::isfinite(squares) && squares > std::numeric_limits<float>::min()) return std::sqrt(squares);
  if (gradient.numel() == 0) return 0;
  const double largest = max(abs(gradient)).item();
  if (largest == 0 || !std::isfinite(largest)) return largest;
  return largest * std::sqrt(sum(square(gradient / largest)).item());
}

// What brings a norm to `bound`, or 1. Of a gradient that is not finite all becomes NaN, as in Keras, so that it shows.
double scale_to(double bound, double norm) {
  if (!std::isfinite(norm)) return std::numeric_limits<double>::quiet_NaN();
  return norm > bound ? bound / norm : 1;
}

void scale(Tensor& gradient, double factor) {
  if (factor != 1) gradient = gradient * factor;
}

}  // namespace

std::shared_ptr<OptimizerImpl> OptimizerImpl::make(const std::string& name) {
  return config::find_class(entries, "optimizer", name).make().pointer();
}

Config serialize(const Optimizer& optimizer) {
  return config::serialize(optimizer.pointer().get(), "keras.optimizers");
}

Optimizer deserialize(const Config& config) { return config::deserialize<Optimizer>(entries, "optimizer", config); }

OptimizerImpl::OptimizerImpl(Settings settings)
    : settings_(std::move(settings)),
      learning_rate_(zeros({}, float64)),
      iterations_(zeros({}, int64)),
      rates_(zeros({2}, float64)) {
  set_learning_rate(settings_.learning_rate);
  using detail::Range;
  detail::check_number(name(), "weight_decay", settings_.weight_decay.value_or(0), Range::finite_and_not_negative);
  detail::check_number(name(), "clipnorm", settings_.clipnorm.value_or(1), Range::positive);
  detail::check_number(name(), "clipvalue", settings_.clipvalue.value_or(1), Range::positive);
  detail::check_number(name(), "global_clipnorm", settings_.global_clipnorm.value_or(1), Range::positive);
  if (settings_.clipnorm.has_value() + settings_.clipvalue.has_value() + settings_.global_clipnorm.has_value() > 1) {
    throw ValueError(name() + ": only one of clipnorm, clipvalue and global_clipnorm may be given");
  }
}

void OptimizerImpl::set_learning_rate(double learning_rate) {
  detail::check_number(name(), "learning_rate", learning_rate, detail::Range::finite_and_positive);
  learning_rate_.fill(learning_rate);
}

double OptimizerImpl::decay() const { return settings_.weight_decay ? *settings_.weight_decay * learning_rate() : 0; }

const Tensor& OptimizerImpl::rates(std::function<double(double step)> correction) {
  const auto write = [correction = std::move(correction), decay = settings_.weight_decay.value_or(0),
                      rate = learning_rate_, iterations = iterations_](const Tensor& rates) {
    const auto learning_rate = rate.item<double>();
    const auto step = static_cast<double>(iterations.item<int64_t>() + 1);
    auto* to = rates.data<double>();
    to[0] = correction ? learning_rate * correction(step) : learning_rate;
    to[1] = decay * learning_rate;
  };
  host_callback(write, rates_);
  return rates_;
}

void OptimizerImpl::build(const std::vector<Tensor>& variables) {
  if (variables.empty()) throw ValueError(name() + ": there are no variables to update");
  if (!constraints_.empty() && constraints_.size() != variables.size()) {
    throw ValueError(name() + ": build: " + std::to_string(constraints_.size()) + " constraints were set for " +
                     std::to_string(variables.size()) + " variables");
  }
  if (is_capturing()) throw AutogradError(name() + ": call build(variables) before a step is captured");
  slots_.assign(static_cast<std::size_t>(slot_count()), {});
  for (std::vector<Tensor>& kind : slots_) {
    for (const Tensor& variable : variables) kind.push_back(zeros_like(variable.detach()));
  }
  variables_ = variables;
}

void OptimizerImpl::check(const std::vector<Tensor>& gradients, const std::vector<Tensor>& variables) const {
  if (gradients.size() != variables.size()) {
    throw ValueError(name() + ": apply: " + std::to_string(gradients.size()) + " gradients given for " +
                     std::to_string(variables.size()) + " variables");
  }
  const auto same = [](const Tensor& a, const Tensor& b) { return a.handle() == b.handle(); };
  if (built() && !std::equal(variables.begin(), variables.end(), variables_.begin(), variables_.end(), same)) {
    throw ValueError(name() + ": apply: the variables are not those that the optimizer was built for");
  }
  const auto undefined = [](const Tensor& tensor) { return !tensor.defined(); };
  if (std::any_of(variables.begin(), variables.end(), undefined)) {
    throw ValueError(name() + ": apply: a variable is undefined");
  }
  if (!gradients.empty() && std::all_of(gradients.begin(), gradients.end(), undefined)) {
    throw ValueError(name() + ": apply: no variable has a gradient");
  }
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (gradients[i].defined() && gradients[i].shape() != variables[i].shape()) {
      throw ShapeError(name() + ": apply: gradient " + std::to_string(i) + " has shape " + gradients[i].shape().str() +
                       ", its variable " + variables[i].shape().str());
    }
  }
}

void OptimizerImpl::apply(const std::vector<Tensor>& gradients, const std::vector<Tensor>& variables) {
  check(gradients, variables);
  const NoGrad no_grad;
  if (!built()) build(variables);
  const auto undefined = [](const Tensor& gradient) { return !gradient.defined(); };
  if (std::none_of(gradients.begin(), gradients.end(), undefined)) {
    update(variables, clipped(gradients), slots_);
  } else {
    const auto used = [&](const std::vector<Tensor>& all) {
      std::vector<Tensor> result;
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (gradients[i].defined()) result.push_back(all[i]);
      }
      return result;
    };
    std::vector<std::vector<Tensor>> used_slots;
    for (const std::vector<Tensor>& kind : slots_) used_slots.push_back(used(kind));
    update(used(variables), clipped(used(gradients)), used_slots);
  }
  constrain();
  host_callback([](const Tensor& iterations) { ++*iterations.data<int64_t>(); }, iterations_);
}

void OptimizerImpl::set_constraints(std::vector<constraints::Constraint> constraints) {
  if (built() && constraints.size() != variables_.size()) {
    throw ValueError(name() + ": set_constraints: " + std::to_string(constraints.size()) + " constraints given for " +
                     std::to_string(variables_.size()) + " variables");
  }
  constraints_ = std::move(constraints);
}

void OptimizerImpl::constrain() const {
  for (std::size_t i = 0; i < constraints_.size(); ++i) {
    if (constraints_[i]) variables_[i].assign(constraints_[i](variables_[i]));
  }
}

std::vector<Tensor> OptimizerImpl::clipped(std::vector<Tensor> gradients) const {
  if (settings_.clipnorm) {
    for (Tensor& gradient : gradients) scale(gradient, scale_to(*settings_.clipnorm, norm(gradient)));
  } else if (settings_.clipvalue) {
    for (Tensor& gradient : gradients) gradient = clip(gradient, -*settings_.clipvalue, *settings_.clipvalue);
  } else if (settings_.global_clipnorm) {
    double total = 0;
    for (const Tensor& gradient : gradients) total = std::hypot(total, norm(gradient));
    const double factor = scale_to(*settings_.global_clipnorm, total);
    for (Tensor& gradient : gradients) scale(gradient, factor);
  }
  return gradients;
}

}  // namespace xtape::optimizers
