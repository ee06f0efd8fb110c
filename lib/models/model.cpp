#include <algorithm>
#include <string>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model.hpp>

#include "models/training.hpp"

namespace xtape::models {

Model::Model(std::string name) : Layer({.name = std::move(name)}) {}
Model::~Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;

void Model::build(const Shape& input_shape) { call_on_zeros(input_shape); }

void Model::compile(const CompileOptions& options) {
  if (!options.loss) throw ValueError("compile: a loss is required", name());
  if (!options.optimizer) throw ValueError("compile: an optimizer is required", name());
  if (options.loss->reduction() == "none") {
    throw ValueError("compile: the loss " + options.loss->name() +
                         " has the reduction \"none\", and training needs one number; use \"sum_over_batch_size\" or "
                         "\"sum\"",
                     name());
  }
  auto training = std::make_unique<Training>();
  training->optimizer = options.optimizer.pointer();
  training->loss = options.loss.pointer();
  training->jit_compile = options.jit_compile;
  for (const auto& metric : options.metrics) {
    if (!metric) throw ValueError("compile: a metric must not be null", name());
    for (const auto& other : options.metrics) {
      if (&other != &metric && other.pointer() == metric.pointer()) {
        throw ValueError("compile: the metric " + metric->name() + " is given twice; make one object for each", name());
      }
    }
  }
  for (const auto& metric : options.metrics) {
    const auto used = [&](const std::string& other) {
      return std::any_of(training->metrics.begin(), training->metrics.end(),
                         [&](const auto& earlier) { return earlier->name() == other; });
    };
    const std::string first_name = metric->name();
    for (int number = 1; used(metric->name()); ++number) {
      metric->set_name(first_name + '_' + std::to_string(number));
    }
    training->metrics.push_back(metric.pointer());
  }
  training_ = std::move(training);
}

Model::Training& Model::training(const char* method) const {
  if (!training_) throw ValueError(std::string(method) + ": the model is not compiled; call compile first", name());
  return *training_;
}

optimizers::Optimizer& Model::optimizer() const { return *training("optimizer").optimizer; }

void Model::check_data(const std::string& what, const Tensor& x, const Tensor& y) {
  if (!x.defined() || !y.defined()) throw ValueError(what + "x and y must be defined", name());
  const std::string shapes = "x " + x.shape().str() + ", y " + y.shape().str();
  if (x.rank() < 1 || y.rank() < 1) {
    throw ShapeError(what + "expected x and y of at least 1 dimension, given " + shapes, name());
  }
  if (x.shape(0) != y.shape(0)) throw ValueError(what + "x and y have different lengths: " + shapes, name());
  if (x.shape(0) == 0) throw ValueError(what + "there are no samples: " + shapes, name());
}

void Model::try_data(const std::string& what, const Tensor& x, const Tensor& y) {
  const NoGrad no_grad;
  const Slice first{0, 1};
  const std::string given = "x " + x.shape().str() + ", y " + y.shape().str();
  const std::string one_sample = " (tried on one sample of " + given + ")";
  const Tensor y_pred = with_context(what, one_sample, [&] { return (*this)(x.slice(0, first)); });
  Shape prediction_shape = y_pred.shape();
  if (prediction_shape.rank() > 0) prediction_shape[0] = x.shape(0);
  with_context(what, " (" + given + ")", [&] { training_->loss->check_targets(y, prediction_shape); });
  with_context(what, one_sample, [&] {
    (*training_->loss)(y.slice(0, first), y_pred);
    try {
      training_->gather(y.slice(0, first), y_pred, 0);
    } catch (...) {
      training_->reset();
      throw;
    }
  });
  training_->reset();
}

}  // namespace xtape::models
