#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <typeinfo>
#include <xtape/autograd.hpp>
#include <xtape/detail/calls.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/program.hpp>

namespace xtape::layers {
namespace {

Shape with_unknown_batch(Shape shape) {
  if (shape.rank() > 0) shape[0] = -1;
  return shape;
}

Tensor checked_result(Tensor result) {
  detail::check_returned("call", result);
  return result;
}

}  // namespace

Layer::Layer(Settings settings)
    : name_(std::move(settings.name)),
      trainable_(settings.trainable),
      dtype_(settings.dtype),
      input_shape_(std::move(settings.input_shape)) {
  // The class, which an automatic name is made of, is not known in a constructor.
  const std::string& path = name_.empty() ? "layer" : name_;
  if (!is_floating(dtype_)) {
    throw DTypeError("dtype must be float32 or float64, given " + std::string(xtape::name(dtype_)), path);
  }
  for (const int64_t length : input_shape_) {
    if (length < 1 && length != -1) {
      throw ValueError("lengths in input_shape must be positive or -1, given " + input_shape_.str(), path);
    }
  }
}

Tensor Layer::operator()(const Tensor& x, bool training) {
  return with_path([&] { return checked_result(call(prepare(x), training)); });
}

Tensor Layer::apply_fused(const Layer& next, const Tensor& x, bool training) {
  return with_path([&] { return checked_result(call_fused(next, prepare(x), training)); });
}

Tensor Layer::prepare(const Tensor& x) {
  if (!x.defined()) throw ValueError("the input is undefined");
  if (!built_) {
    build_once(x.shape());
  } else {
    check_input(x.shape());
  }
  return x.dtype() != dtype_ && is_floating(x.dtype()) ? x.astype(dtype_) : x;
}

bool Layer::fuses(const Layer&) const { return false; }

Tensor Layer::call_fused(const Layer& next, const Tensor&, bool) {
  throw ValueError(class_name() + " and " + next.class_name() + " are not computed in one pass");
}

void Layer::build(const Shape&) {}

Shape Layer::compute_output_shape(const Shape& input_shape) {
  Shape shape = call_on_zeros(input_shape).shape();
  if (shape.rank() > 0 && input_shape.rank() > 0 && input_shape[0] == -1) shape[0] = -1;
  return shape;
}

void Layer::ensure_built(const Shape& input_shape) {
  if (!built_) with_path([&] { build_once(input_shape); });
}

Shape Layer::connect(const Shape& input_shape) {
  ensure_built(input_shape);
  return with_path([&] { return compute_output_shape(input_shape); });
}

void Layer::build_once(const Shape& input_shape) {
  if (is_capturing()) throw AutogradError("build it, or call it once, before a function that calls it is captured");
  const Shape shape = with_unknown_batch(input_shape);
  try {
    build(shape);
  } catch (...) {
    variables_.clear();
    throw;
  }
  build_shape_ = shape;
  built_ = true;
}

const std::string& Layer::name() const {
  if (name_.empty()) name_ = detail::unique_name(detail::to_snake_case(class_name()));
  return name_;
}

std::string Layer::class_name() const {
  int status = 0;
  char* demangled = abi::__cxa_demangle(typeid(*this).name(), nullptr, nullptr, &status);
  std::string result = status == 0 ? demangled : "Layer";
  std::free(demangled);
  result = result.substr(0, result.find('<'));
  const std::size_t scope = result.rfind("::");
  return scope == std::string::npos ? result : result.substr(scope + 2);
}

void Layer::set_trainable(bool trainable) {
  trainable_ = trainable;
  for (Variable& variable : variables_) {
    if (variable.trainable) variable.value.set_requires_grad(trainable);
  }
  for (const auto& layer : layers_) layer->set_trainable(trainable);
}

void Layer::collect_weights(const std::string& path, std::vector<Variable>& into) const {
  for (const bool trainable : {true, false}) {
    for (const Variable& variable : variables_) {
      if (variable.trainable != trainable) continue;
      into.push_back(variable);
      into.back().path = path + '/' + variable.name;
      into.back().trainable = trainable && trainable_;
    }
  }
  for (const auto& layer : layers_) layer->collect_weights(path + '/' + layer->name(), into);
}

const std::vector<Variable> Layer::weights() const {
  std::vector<Variable> all;
  collect_weights(name(), all);
  // A layer that is used in two places counts once.
  std::vector<Variable> unique;
  for (Variable& variable : all) {
    const bool seen = std::any_of(unique.begin(), unique.end(), [&](const Variable& other) {
      return other.value.handle() == variable.value.handle();
    });
    if (!seen) unique.push_back(std::move(variable));
  }
  return unique;
}

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

void Layer::set_weights(const std::vector<Tensor>& values) {
  if (!built_) throw ValueError("set_weights: the layer is not built; call it or build(input_shape) first", name());
  const std::vector<Variable> variables = weights();
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
  for (std::size_t i = 0; i < values.size(); ++i) variables[i].value.assign(values[i]);
}

int64_t Layer::count_params() const {
  if (!built_) throw ValueError("count_params: the layer is not built; call it or build(input_shape) first", name());
  int64_t count = 0;
  for (const Variable& variable : weights()) count += variable.value.numel();
  return count;
}

std::vector<Tensor> Layer::losses() const {
  std::vector<Tensor> result;
  for (const Variable& variable : trainable_weights()) {
    if (variable.regularizer) result.push_back(variable.penalty());
  }
  return result;
}

Tensor Layer::add_weight(const std::string& name, const Shape& shape, const initializers::Initializer& initializer,
                         const WeightOptions& options) {
  const NoGrad no_grad;
  Tensor value;
  try {
    value = initializer(shape, dtype_);
  } catch (Error& error) {
    error.set_message("the weight " + name + ": " + error.message());
    throw;
  }
  detail::check_returned("the initializer of " + name, value);
  if (value.shape() != shape || value.dtype() != dtype_) {
    throw ShapeError("the initializer of " + name + " returned " + xtape::name(value.dtype()) + ' ' +
                     value.shape().str() + ", expected " + xtape::name(dtype_) + ' ' + shape.str());
  }
  if (options.trainable) value.set_requires_grad(trainable_);
  variables_.push_back({name, name, value, options.trainable, options.regularizer.pointer()});
  return value;
}

Tensor Layer::add_weight(const std::string& name, const Shape& shape,
                         const NameOr<initializers::Initializer>& initializer, const WeightOptions& options) {
  if (!initializer) throw ValueError("the initializer of " + name + " must not be null");
  return add_weight(name, shape, *initializer, options);
}

void Layer::check_name(const Layer& layer) const {
  const auto taken = std::find_if(layers_.begin(), layers_.end(), [&](const std::shared_ptr<Layer>& other) {
    return other.get() != &layer && other->name() == layer.name();
  });
  if (taken == layers_.end()) return;
  throw ValueError("there is a layer \"" + layer.name() + "\" already, a " + (*taken)->class_name() +
                       "; layers of one layer need different names",
                   name());
}

void Layer::add_layer(std::shared_ptr<Layer> layer) {
  if (!layer) throw ValueError("a layer of a layer must not be null", name());
  check_name(*layer);
  layers_.push_back(std::move(layer));
}

void Layer::check_input(const Shape& shape) const {
  if (variables_.empty() || build_shape_.rank() == 0) return;
  if (shape.rank() != build_shape_.rank()) {
    throw ShapeError("built for inputs of " + std::to_string(build_shape_.rank()) + " dimensions " +
                     build_shape_.str() + ", given " + shape.str());
  }
  if (build_shape_.back() != -1 && shape.back() != build_shape_.back()) {
    throw ShapeError("built for inputs whose last length is " + std::to_string(build_shape_.back()) + " " +
                     build_shape_.str() + ", given " + shape.str());
  }
}

Tensor Layer::call_on_zeros(const Shape& input_shape) {
  Shape shape = input_shape;
  std::replace(shape.begin(), shape.end(), int64_t{-1}, int64_t{1});
  const NoGrad no_grad;
  return checked_result(call(zeros(shape, dtype_), false));
}

}  // namespace xtape::layers
