#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/detail/call_scope.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/reduction.hpp>

#include "models/training.hpp"

namespace xtape::models {

ModelImpl::ModelImpl(layers::LayerOptions options) : LayerImpl(std::move(options)) {}
ModelImpl::~ModelImpl() = default;

Model ModelImpl::handle() { return Model(detail::Reference<layers::LayerImpl>::share(this)); }

void ModelImpl::build(const Shape& input_shape) { call_on_zeros(input_shape); }

void ModelImpl::compile(const CompileOptions& options) {
  if (!options.loss && !own_train_step_ && !own_compute_loss_) throw ValueError("compile: a loss is required", name());
  if (!options.optimizer) throw ValueError("compile: an optimizer is required", name());
  if (options.loss && options.loss.reduction() == "none") {
    throw ValueError("compile: the loss " + options.loss.name() +
                         " has the reduction \"none\", and training needs one number; use \"sum_over_batch_size\" or "
                         "\"sum\"",
                     name());
  }
  auto training = std::make_unique<Training>();
  training->optimizer = options.optimizer;
  training->loss = options.loss;
  training->jit_compile = options.jit_compile;
  if (built()) training->compiled_weights = weights();
  for (const auto& metric : options.metrics) {
    if (!metric) throw ValueError("compile: a metric must not be null", name());
    for (const auto& other : options.metrics) {
      if (&other != &metric && other == metric) {
        throw ValueError("compile: the metric " + metric.name() + " is given twice; make one object for each", name());
      }
    }
  }
  for (const auto& metric : options.metrics) {
    const auto used = [&](const std::string& other) {
      return std::any_of(training->metrics.begin(), training->metrics.end(),
                         [&](const auto& earlier) { return earlier.name() == other; });
    };
    const std::string first_name = metric.name();
    for (int number = 1; used(metric.name()); ++number) {
      metric.set_name(first_name + '_' + std::to_string(number));
    }
    training->metrics.push_back(metric);
  }
  training_ = std::move(training);
}

ModelImpl::Training& ModelImpl::training_of(const char* method) const {
  if (!training_) throw ValueError(std::string(method) + ": the model is not compiled; call compile first", name());
  return *training_;
}

const optimizers::Optimizer& ModelImpl::optimizer() const { return training_of("optimizer").optimizer; }

void ModelImpl::check_data(const std::string& what, const Tensor& x, const Tensor& y) {
  if (!x.defined() || !y.defined()) throw ValueError(what + "x and y must be defined", name());
  const std::string shapes = "x " + x.shape().str() + ", y " + y.shape().str();
  if (x.rank() < 1 || y.rank() < 1) {
    throw ShapeError(what + "expected x and y of at least 1 dimension, given " + shapes, name());
  }
  if (x.shape(0) != y.shape(0)) throw ValueError(what + "x and y have different lengths: " + shapes, name());
  if (x.shape(0) == 0) throw ValueError(what + "there are no samples: " + shapes, name());
}

void ModelImpl::try_data(const std::string& what, const Tensor& x, const Tensor& y) {
  if (own_train_step_) return;  // what it takes is its own affair
  const NoGrad no_grad;
  const Slice first{0, 1};
  const std::string given = "x " + x.shape().str() + ", y " + y.shape().str();
  const std::string one_sample = " (tried on one sample of " + given + ")";
  const Tensor y_pred = with_context(what, one_sample, [&] {
    const detail::TrialScope trial;
    return apply(x.slice(0, first), false);
  });
  Shape prediction_shape = y_pred.shape();
  if (prediction_shape.rank() > 0) prediction_shape[0] = x.shape(0);
  const losses::Loss& loss = training_->loss;
  with_context(what, " (" + given + ")", [&] {
    if (loss) loss.check_targets(y, prediction_shape);
  });
  with_context(what, one_sample, [&] {
    if (loss) loss(y.slice(0, first), y_pred);
    try {
      training_->gather(y.slice(0, first), y_pred, 0);
    } catch (...) {
      training_->reset();
      throw;
    }
  });
  training_->reset();
}

Tensor ModelImpl::compute_loss(const Tensor&, const Tensor& y, const Tensor& y_pred) {
  const Training& training = training_of("compute_loss");
  if (!training.loss) throw ValueError("compute_loss: the model was compiled without a loss", name());
  Tensor loss = training.penalties.add_to(training.loss(y, y_pred));
  for (const Tensor& added : call_losses()) loss = loss + sum(added);
  return loss;
}

void ModelImpl::check_trainable() const {
  const std::vector<layers::Variable>& before = training_->compiled_weights;
  if (before.empty()) return;  // there was nothing to train yet
  const std::vector<layers::Variable> now = weights();
  const auto differs = [&](const layers::Variable& one, const std::vector<layers::Variable>& others) {
    return std::none_of(others.begin(), others.end(), [&](const layers::Variable& other) {
      return other.value.handle() == one.value.handle() && other.trainable == one.trainable;
    });
  };
  std::string changed;
  for (const layers::Variable& variable : now) {
    if (differs(variable, before)) changed += (changed.empty() ? "" : ", ") + variable.path;
  }
  for (const layers::Variable& variable : before) {
    const bool gone = std::none_of(now.begin(), now.end(), [&](const layers::Variable& other) {
      return other.value.handle() == variable.value.handle();
    });
    if (gone) changed += (changed.empty() ? "" : ", ") + variable.path;
  }
  if (changed.empty()) return;
  throw ValueError(
      "fit: layers were frozen, freed, added or removed after compile (" + changed + "); call compile again", name());
}

Model::Model(detail::Reference<layers::LayerImpl> impl) noexcept : Layer(std::move(impl)) {}

void Model::compile(const CompileOptions& options) const { impl().compile(options); }
callbacks::History Model::fit(const Tensor& x, const Tensor& y, const FitOptions& options) const {
  return impl().fit(x, y, options);
}
callbacks::Logs Model::evaluate(const Tensor& x, const Tensor& y, const EvaluateOptions& options) const {
  return impl().evaluate(x, y, options);
}
Tensor Model::predict(const Tensor& x, const PredictOptions& options) const { return impl().predict(x, options); }
void Model::summary() const { summary(std::cout); }
void Model::summary(std::ostream& out, int line_length) const { impl().summary(out, line_length); }
bool Model::compiled() const { return impl().compiled(); }
const optimizers::Optimizer& Model::optimizer() const { return impl().optimizer(); }
bool Model::stop_training() const { return impl().stop_training; }
void Model::set_stop_training(bool stop) const { impl().stop_training = stop; }
ModelImpl& Model::impl() const noexcept { return static_cast<ModelImpl&>(Layer::impl()); }

}  // namespace xtape::models
