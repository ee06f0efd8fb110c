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
  if (!options.loss) throw ValueError(name() + ": compile: a loss is required");
  if (!options.optimizer) throw ValueError(name() + ": compile: an optimizer is required");
  auto training = std::make_unique<Training>();
  training->optimizer = options.optimizer.pointer();
  training->loss = options.loss.pointer();
  for (const auto& metric : options.metrics) {
    if (!metric) throw ValueError(name() + ": compile: a metric must not be empty");
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
  if (!training_) throw ValueError(name() + ": " + method + ": the model is not compiled; call compile first");
  return *training_;
}

optimizers::Optimizer& Model::optimizer() const { return *training("optimizer").optimizer; }

void Model::check_data(const char* method, const Tensor& x, const Tensor& y) {
  const std::string where = name() + ": " + method + ": ";
  if (!x.defined() || !y.defined()) throw ValueError(where + "x and y must be defined");
  if (x.rank() < 1 || y.rank() < 1) {
    throw ShapeError(where + "expected x and y of at least 1 dimension, given x " + x.shape().str() + ", y " +
                     y.shape().str());
  }
  if (x.shape(0) != y.shape(0)) {
    throw ValueError(where + "x and y have different lengths: x " + x.shape().str() + ", y " + y.shape().str());
  }
  if (x.shape(0) == 0) throw ValueError(where + "there are no samples: x " + x.shape().str());
  // One sample shows whether the model takes x, and the loss and the metrics take y, before anything changes.
  const NoGrad no_grad;
  const Slice first{0, 1};
  const Tensor y_pred = (*this)(x.slice(0, first));
  Shape prediction_shape = y_pred.shape();
  prediction_shape[0] = x.shape(0);
  Training& training = this->training(method);
  (*training.loss)(y.slice(0, first), y_pred);
  training.loss->check_targets(y, prediction_shape);
  try {
    training.gather(y.slice(0, first), y_pred, 0);
  } catch (...) {
    training.reset();
    throw;
  }
  training.reset();
}

}  // namespace xtape::models
