#include "models/train_step.hpp"

#include <algorithm>
#include <iostream>
#include <xtape/error.hpp>

namespace xtape::models {

TrainStep::TrainStep(ModelImpl& model, const optimizers::Optimizer& optimizer, bool jit_compile)
    : model_(model), optimizer_(optimizer), variables_(model.handle().trainable_variables()), capture_(jit_compile) {
  std::vector<constraints::Constraint> constraints;
  bool any = false;
  for (const layers::Variable& variable : model.handle().trainable_weights()) {
    constraints.push_back(variable.constraint);
    any = any || variable.constraint;
  }
  if (any) optimizer_.set_constraints(std::move(constraints));
}

TrainStep::Result TrainStep::operator()(const Tensor& x, const Tensor& y) {
  // What somebody has left there is no part of this step.
  for (const Tensor& variable : variables_) variable.zero_grad();
  const Program* program = capture_ ? program_for(x, y) : nullptr;
  if (!program) return run(x, y);
  std::vector<Tensor> results = (*program)({x, y});
  return {std::move(results[0]), std::move(results[1])};
}

TrainStep::Result TrainStep::run(const Tensor& x, const Tensor& y) const {
  const Tensor y_pred = model_.apply(x, true);
  const Tensor loss = model_.compute_loss(x, y, y_pred);
  loss.backward();
  std::vector<Tensor> gradients;
  gradients.reserve(variables_.size());
  for (const Tensor& variable : variables_) {
    gradients.push_back(variable.grad());
    variable.zero_grad();
  }
  optimizer_.apply(gradients, variables_);
  return {loss, y_pred};
}

const Program* TrainStep::program_for(const Tensor& x, const Tensor& y) {
  const auto known = std::find_if(captured_.begin(), captured_.end(), [&](const Captured& captured) {
    return captured.x == x.shape() && captured.y == y.shape() &&
           std::equal(variables_.begin(), variables_.end(), captured.trained.begin(),
                      [](const Tensor& variable, bool trained) { return variable.requires_grad() == trained; });
  });
  if (known != captured_.end()) return &known->program;
  // Made once, not in each run.
  if (!optimizer_.built()) optimizer_.build(variables_);
  const auto step = [this](const std::vector<Tensor>& batch) -> std::vector<Tensor> {
    const auto [loss, y_pred] = run(batch[0], batch[1]);
    return {loss, y_pred};
  };
  std::vector<bool> trained;
  for (const Tensor& variable : variables_) trained.push_back(variable.requires_grad());
  try {
    captured_.push_back({x.shape(), y.shape(), std::move(trained), capture(step, {x, y})});
  } catch (const KeptTensorError&) {
    // The step as it is would go on with that tensor.
    throw;
  } catch (const AutogradError& error) {
    std::cerr << "fit: jit_compile: the training step runs without being captured: " << error.what() << std::endl;
    capture_ = false;
    return nullptr;
  }
  return &captured_.back().program;
}

}  // namespace xtape::models
