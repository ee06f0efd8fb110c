#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_set>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/detail/calls.hpp>
#include <xtape/detail/load_limits.hpp>
#include <xtape/detail/postponed_weights.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/ops/creation.hpp>

// The weights of layers: how they are made, listed, copied and frozen.
namespace xtape::layers {

Tensor LayerImpl::add_weight(const std::string& name, const Shape& shape, const initializers::Initializer& initializer,
                             const WeightOptions& options) {
  check_parts_in_calls();
  if (!initializer) throw ValueError("the initializer of " + name + " must not be null");
  detail::WeightLimit::take(name, shape, dtype_);
  const NoGrad no_grad;
  const bool postponed = options.trainable && detail::PostponedWeights::takes(initializer);
  Tensor value;
  try {
    value = postponed ? zeros(shape, dtype_) : initializer(shape, dtype_);
  } catch (Error& error) {
    error.set_message("the weight " + name + ": " + error.message());
    throw;
  }
  detail::check_returned("the initializer of " + name, value);
  if (value.shape() != shape || value.dtype() != dtype_) {
    throw ShapeError("the initializer of " + name + " returned " + xtape::name(value.dtype()) + ' ' +
                     value.shape().str() + ", expected " + xtape::name(dtype_) + ' ' + shape.str());
  }
  // Updates change weights in place, and take them in order: not the tensor that an initializer keeps.
  if (!detail::is_exclusive(value)) value = value.clone();
  if (postponed) detail::PostponedWeights::add(name, value, initializer);
  if (options.trainable) value.set_requires_grad(trainable_);
  variables_.push_back({name, name, value, options.trainable, options.regularizer, options.constraint});
  return value;
}

void LayerImpl::set_own_trainable(bool trainable) {
  trainable_ = trainable;
  for (const Variable& variable : variables_) {
    if (variable.trainable) variable.value.set_requires_grad(trainable);
  }
}

void LayerImpl::set_trainable(bool trainable) {
  set_own_trainable(trainable);
  for (const auto& part : parts_) part->set_trainable(trainable);
}

void LayerImpl::freeze_parts_without_config() {
  if (trainable_) return;
  for (const auto& part : parts_) {
    if (!part->has_config_) part->set_trainable(false);
  }
}

bool LayerImpl::has_weights() const {
  return !variables_.empty() ||
         std::any_of(parts_.begin(), parts_.end(), [](const auto& part) { return part->has_weights(); });
}

bool LayerImpl::trains(const Variable& variable) const {
  if (!variable.trainable) return false;
  for (const auto& part : parts_) {
    for (const Variable& own : part->variables_) {
      if (own.value.handle() == variable.value.handle()) return part->trains(own);
    }
  }
  return trainable_;
}

void LayerImpl::collect_weights(const std::string& path, bool trainable, std::vector<Variable>& into) const {
  for (const bool kind : {true, false}) {
    for (const Variable& variable : variables_) {
      if (variable.trainable != kind) continue;
      into.push_back(variable);
      into.back().path = path + '/' + variable.name;
      into.back().trainable = trainable && trains(variable);
    }
  }
  for (const auto& part : parts_) part->collect_weights(path + '/' + part->name(), trainable, into);
}

const std::vector<Variable> LayerImpl::own_weights() const {
  std::vector<Variable> result = variables_;
  std::stable_partition(result.begin(), result.end(), [](const Variable& variable) { return variable.trainable; });
  return result;
}

std::string LayerImpl::place_of_weight(const Variable&) const { return {}; }

const std::vector<Variable> LayerImpl::weights() const {
  std::vector<Variable> all;
  collect_weights(name(), trainable_, all);
  // A layer that is used in two places counts once.
  std::unordered_set<const core::TensorHandle*> seen;
  std::vector<Variable> unique;
  for (Variable& variable : all) {
    if (seen.insert(variable.value.handle()).second) unique.push_back(std::move(variable));
  }
  return unique;
}

bool LayerImpl::goes_on_with(const std::vector<Variable>& known, bool trainable, std::size_t& place) const {
  for (const bool kind : {true, false}) {
    for (const Variable& variable : variables_) {
      if (variable.trainable != kind) continue;
      const auto is_same = [&](const Variable& other) { return other.value.handle() == variable.value.handle(); };
      if (place < known.size() && is_same(known[place])) {
        if (known[place].trainable != (trainable && trains(variable))) return false;
        ++place;
        continue;
      }
      // One of a layer that is used in two places is listed where it comes first.
      const auto end = known.begin() + static_cast<std::ptrdiff_t>(place);
      if (std::none_of(known.begin(), end, is_same)) return false;
    }
  }
  return std::all_of(parts_.begin(), parts_.end(),
                     [&](const auto& part) { return part->goes_on_with(known, trainable, place); });
}

bool LayerImpl::has_same_weights(const std::vector<Variable>& known) const {
  std::size_t place = 0;
  return goes_on_with(known, trainable_, place) && place == known.size();
}

const std::vector<Variable> Layer::weights() const { return impl_->weights(); }

const std::vector<Variable> Layer::trainable_weights() const {
  std::vector<Variable> result = weights();
  std::erase_if(result, [](const Variable& variable) { return !variable.trainable; });
  return result;
}

const std::vector<Variable> Layer::non_trainable_weights() const {
  std::vector<Variable> result = weights();
  std::erase_if(result, [](const Variable& variable) { return variable.trainable; });
  return result;
}

const std::vector<Tensor> Layer::trainable_variables() const {
  std::vector<Tensor> result;
  for (const Variable& variable : trainable_weights()) result.push_back(variable.value);
  return result;
}

const std::vector<Tensor> Layer::get_weights() const {
  const NoGrad no_grad;
  std::vector<Tensor> result;
  for (const Variable& variable : weights()) result.push_back(variable.value.clone());
  return result;
}

void Layer::set_weights(const std::vector<Tensor>& values) const {
  const std::vector<Variable> variables = weights();
  // Weights that a constructor made are there before.
  if (!built() && (variables.empty() || values.size() != variables.size())) {
    throw ValueError("set_weights: the layer is not built; call it or build(input_shape) first", name());
  }
  if (values.size() != variables.size()) {
    throw ValueError("set_weights: expected " + std::to_string(variables.size()) + " tensors, given " +
                         std::to_string(values.size()),
                     name());
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].defined()) {
      throw ValueError("set_weights: the tensor for " + variables[i].path + " is undefined", name());
    }
    if (values[i].shape() != variables[i].value.shape()) {
      throw ShapeError("set_weights: " + variables[i].path + " has shape " + variables[i].value.shape().str() +
                           ", given " + values[i].shape().str(),
                       name());
    }
  }
  const NoGrad no_grad;
  // Copies first: the values may be the weights themselves, in another order.
  std::vector<Tensor> copies;
  for (const Tensor& value : values) copies.push_back(value.clone());
  for (std::size_t i = 0; i < values.size(); ++i) variables[i].value.assign(copies[i]);
}

int64_t Layer::count_params() const {
  if (!built()) throw ValueError("count_params: the layer is not built; call it or build(input_shape) first", name());
  int64_t count = 0;
  for (const Variable& variable : weights()) count += variable.value.numel();
  return count;
}

std::vector<Tensor> Layer::losses() const {
  std::vector<Tensor> result = impl_->call_losses();
  for (const Variable& variable : trainable_weights()) {
    if (variable.regularizer) result.push_back(variable.penalty());
  }
  return result;
}

}  // namespace xtape::layers
