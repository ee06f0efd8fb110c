#include "models/train_step.hpp"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/comparison.hpp>

namespace xtape::models {
namespace {

// The tensors of a batch, which a program takes one after the other, and back. Where a tensor is undefined in `like`,
// there is none.
std::vector<Tensor> tensors_of(const Batch& batch) {
  std::vector<Tensor> result;
  for (const Data* data : {&batch.x, &batch.y, &batch.sample_weight}) {
    std::copy_if(data->all().begin(), data->all().end(), std::back_inserter(result),
                 [](const Tensor& tensor) { return tensor.defined(); });
  }
  return result;
}

Batch batch_of(const std::vector<Tensor>& tensors, const Batch& like) {
  auto next = tensors.begin();
  const auto take = [&](const Data& data) {
    std::vector<Tensor> result;
    for (const Tensor& tensor : data.all()) result.push_back(tensor.defined() ? *next++ : Tensor());
    return Data(std::move(result));
  };
  Batch batch;
  batch.x = take(like.x);
  batch.y = take(like.y);
  batch.sample_weight = take(like.sample_weight);
  return batch;
}

// Of a layer and all in it. One without variables may go by that too, as BatchNormalization does.
void collect_trainable(const layers::LayerImpl& layer, std::vector<bool>& into) {
  into.push_back(layer.trainable());
  for (const auto& part : layer.parts()) collect_trainable(*part, into);
}

}  // namespace

TrainedVariables trained_variables(ModelImpl& model, const optimizers::Optimizer& optimizer) {
  std::vector<std::string> paths;
  std::vector<constraints::Constraint> constraints;
  bool any = false;
  for (const layers::Variable& variable : model.handle().trainable_weights()) {
    paths.push_back(variable.path);
    constraints.push_back(variable.constraint);
    if (!variable.constraint) continue;
    any = true;
    const NoGrad no_grad;
    try {
      variable.constraint(variable.value);
    } catch (Error& error) {
      error.set_message(variable.path + ": " + error.message());
      throw;
    }
  }
  // It refuses them, and says why.
  if (optimizer.built() && optimizer.built_for().size() != paths.size()) optimizer.set_paths(paths);
  if (!any) constraints.clear();
  return {std::move(paths), std::move(constraints)};
}

void constrain_variables(ModelImpl& model, const LeftWeights& left) {
  const NoGrad no_grad;
  for (const layers::Variable& variable : model.handle().trainable_weights()) {
    if (!variable.constraint) continue;
    const bool is_left = std::any_of(left.begin(), left.end(), [&](const auto& weight) {
      return weight.first.handle() == variable.value.handle() && array_equal(weight.second, variable.value);
    });
    if (!is_left) variable.value.assign(variable.constraint(variable.value));
  }
}

TrainStep::TrainStep(ModelImpl& model, const optimizers::Optimizer& optimizer, bool jit_compile,
                     std::vector<Tensor>& output_losses)
    : model_(model),
      optimizer_(optimizer),
      output_losses_(output_losses),
      variables_(model.handle().trainable_variables()),
      // A callback may have frozen or freed layers since fit has tried them.
      trained_(trained_variables(model, optimizer_)),
      capture_(jit_compile) {}

LeftWeights TrainStep::left_weights() const {
  LeftWeights result;
  for (std::size_t i = 0; i < trained_.constraints.size(); ++i) {
    if (trained_.constraints[i]) result.emplace_back(variables_[i], variables_[i].detach().clone());
  }
  return result;
}

void TrainStep::tell_optimizer() {
  if (std::exchange(told_, true)) return;
  const auto is_same = [](const Tensor& a, const Tensor& b) { return a.handle() == b.handle(); };
  const std::vector<Tensor>& built_for = optimizer_.built_for();
  // One that serves others refuses these, and keeps what it was told of its own.
  if (optimizer_.built() &&
      !std::equal(built_for.begin(), built_for.end(), variables_.begin(), variables_.end(), is_same)) {
    return;
  }
  if (!trained_.constraints.empty()) optimizer_.set_constraints(trained_.constraints);
  optimizer_.set_paths(trained_.paths);
}

TrainStep::Result TrainStep::operator()(const Batch& batch) {
  // What somebody has left there is no part of this step.
  for (const Tensor& variable : variables_) variable.zero_grad();
  if (!capture_) return run(batch);
  const std::vector<Tensor> tensors = tensors_of(batch);
  const Captured* captured = captured_for(batch, tensors);
  if (!captured) return run(batch);
  std::vector<Tensor> results = captured->program(tensors);
  const auto outputs = results.begin() + 1, losses = outputs + static_cast<std::ptrdiff_t>(captured->outputs),
             attached = results.end() - static_cast<std::ptrdiff_t>(captured->attached.size());
  Result result{results.front(), {outputs, losses}, {losses, attached}};
  auto tensor = attached;
  for (const auto& [output, made_from_logits] : captured->attached) {
    Tensor& y_pred = result.y_pred[output];
    if (made_from_logits) {
      detail::attach_logits(y_pred, *made_from_logits, *tensor++);
    } else {
      y_pred = with_mask(y_pred, *tensor++);
    }
  }
  return result;
}

TrainStep::Result TrainStep::run(const Batch& batch) {
  // What a run that fails has left is of no use, and must not outlive a function that is captured.
  const struct Cleared {
    std::vector<Tensor>& losses;
    ~Cleared() { losses.clear(); }
  } cleared{output_losses_};
  std::vector<Tensor> y_pred = model_.outputs_for(batch.x, true);
  const Tensor loss = model_.compute_loss(batch.x, batch.y, y_pred, batch.sample_weight);
  optimizer_.scale_loss(loss).backward();
  std::vector<Tensor> gradients;
  gradients.reserve(variables_.size());
  for (const Tensor& variable : variables_) {
    gradients.push_back(variable.grad());
    variable.zero_grad();
  }
  tell_optimizer();
  optimizer_.apply(gradients, variables_);
  return {loss, std::move(y_pred), std::exchange(output_losses_, {})};
}

const TrainStep::Captured* TrainStep::captured_for(const Batch& batch, const std::vector<Tensor>& tensors) {
  BatchForm form = form_of(batch);
  std::vector<bool> trained;
  for (const Tensor& variable : variables_) trained.push_back(variable.requires_grad());
  collect_trainable(model_, trained);
  // What was captured without masks is another step; this one is refused below.
  const bool masked = std::any_of(tensors.begin(), tensors.end(), has_mask);
  const auto known = std::find_if(captured_.begin(), captured_.end(), [&](const Captured& captured) {
    return !masked && captured.form == form && captured.trained == trained;
  });
  if (known != captured_.end()) return &*known;
  // Made once, not in each run.
  tell_optimizer();
  if (!optimizer_.built()) optimizer_.build(variables_);
  std::size_t outputs = 0;
  std::vector<Attached> attached;
  const auto step = [&](const std::vector<Tensor>& given) {
    const auto [loss, y_pred, output_losses] = run(batch_of(given, batch));
    outputs = y_pred.size();
    std::vector<Tensor> results{loss};
    results.insert(results.end(), y_pred.begin(), y_pred.end());
    results.insert(results.end(), output_losses.begin(), output_losses.end());
    attached.clear();
    for (std::size_t i = 0; i < outputs; ++i) {
      for (const auto function : {detail::Probability::softmax, detail::Probability::sigmoid}) {
        const Tensor logits = detail::logits_of(y_pred[i], function);
        if (!logits.defined()) continue;
        attached.push_back({i, function});
        results.push_back(logits);
      }
      if (!has_mask(y_pred[i])) continue;
      attached.push_back({i, std::nullopt});
      results.push_back(mask_of(y_pred[i]));
    }
    return results;
  };
  try {
    Program program = capture(step, tensors);
    captured_.push_back({std::move(form), std::move(trained), std::move(program), outputs, std::move(attached)});
  } catch (const KeptTensorError&) {
    // The step as it is would go on with that tensor.
    throw;
  } catch (const AutogradError& error) {
    std::cerr << "fit: jit_compile: the training step runs without being captured: " << error.what() << std::endl;
    capture_ = false;
    return nullptr;
  }
  return &captured_.back();
}

}  // namespace xtape::models
