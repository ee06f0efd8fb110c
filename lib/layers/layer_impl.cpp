#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <xtape/autograd.hpp>
#include <xtape/detail/call_scope.hpp>
#include <xtape/detail/calls.hpp>
#include <xtape/detail/construction_scope.hpp>
#include <xtape/detail/trial_state.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/program.hpp>

#include "layers/call_losses.hpp"
#include "layers/part_names.hpp"
#include "layers/shapes_of.hpp"
#include "layers/tried_masks.hpp"

namespace xtape::layers {
namespace {

// Building is rare: one lock for all layers, so that there is no order of locks to get wrong. It is taken again by the
// layers in the one that is built.
std::recursive_mutex& build_mutex() {
  static std::recursive_mutex& mutex =
      *new std::recursive_mutex;  // never destroyed, as layers may be called at the end
  return mutex;
}

Shape with_unknown_batch(Shape shape) {
  if (shape.rank() > 0) shape[0] = -1;
  return shape;
}

// What on_zeros adds to an error about lengths that it made up.
constexpr const char* tried_on_zeros = " (tried on zeros for inputs ";

// What an error says, whatever lengths it shows.
std::string without_numbers(std::string text) {
  text = text.substr(0, text.find(tried_on_zeros));
  std::erase_if(text, [](char c) { return c == '-' || (c >= '0' && c <= '9'); });
  return text;
}

const std::string& name_of(const LayerImpl& layer) { return layer.name(); }

// The text of an error is made where there is one.
void check_result(const Tensor& result) {
  if (!result.defined()) [[unlikely]]
    detail::check_returned("call", result);
}

// call(zeros of these shapes), within a call of `layer` that is tried.
template <class Call>
auto on_zeros(LayerImpl& layer, const std::vector<Shape>& input_shapes, const Call& call) {
  std::vector<Tensor> inputs;
  std::string meant;
  bool all_known = true;
  for (const Shape& input_shape : input_shapes) {
    Shape shape = input_shape;
    std::replace(shape.begin(), shape.end(), int64_t{-1}, int64_t{1});
    all_known = all_known && shape == input_shape;
    inputs.push_back(zeros(shape, layer.dtype()));
    meant += (meant.empty() ? "" : ", ") + input_shape.str();
  }
  const NoGrad no_grad;
  const NoLosses no_losses;
  const TrialState trial(layer);
  const detail::CallScope scope(&layer, false);
  try {
    return call_with_masks_if_asked(std::move(inputs), call);
  } catch (ShapeError& error) {
    if (!all_known) error.set_message(error.message() + tried_on_zeros + meant + ")");
    throw;
  }
}

}  // namespace

LayerImpl::LayerImpl(LayerOptions options)
    : number_(ConstructionScope::next_number()),
      name_(std::move(options.name)),
      has_own_name_(!name_.empty()),
      trainable_(options.trainable),
      needs_more_(options.activity_regularizer),
      dtype_(options.dtype),
      input_shape_(std::move(options.input_shape)),
      activity_regularizer_(std::move(options.activity_regularizer)) {
  ConstructionScope::claim();
  detail::name_of_layer.store(&name_of, std::memory_order_relaxed);
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

LayerImpl::~LayerImpl() = default;

void LayerImpl::build(const Shape&) {}
void LayerImpl::build_all(const std::vector<Shape>& input_shapes) { build(input_shapes.front()); }

std::vector<Tensor> LayerImpl::run(const Arguments<Tensor>&) { throw ValueError("the layer has no `call`"); }

Tensor LayerImpl::run_one(const Tensor& x) {
  std::vector<Tensor> results = run({.inputs = {x}});
  if (results.size() == 1) return std::move(results.front());
  throw ValueError("returns " + std::to_string(results.size()) + " tensors; take them with call<" +
                   std::to_string(results.size()) + ">({x}) or call_all({x})");
}

bool LayerImpl::training() { return detail::in_training(); }

// A layer that is called in another one has to be a part of it; a call from outside begins with no losses.
[[gnu::always_inline]] inline void LayerImpl::begin_call() {
  LayerImpl* const around = detail::calling_layer();
  if (around) {
    if (!was_part_of(*around)) check_part_of(*around);
  } else if (keeps_losses) [[unlikely]] {
    begin_outermost_call();
  }
}

// Builds the layer for x, or sees whether it fits.
[[gnu::always_inline]] inline void LayerImpl::prepare(const Tensor& x) {
  if (!x.defined()) throw ValueError("the input is undefined");
  if (!built()) {
    build_once({x.shape()});
  } else {
    check_input(x.shape());
  }
}

// A call, once the layer is known to be a part of the one around.
[[gnu::always_inline]] inline Tensor LayerImpl::call_prepared(const Tensor& x, bool training) {
  prepare(x);
  const detail::CallScope call(this, training);
  if (needs_more_ || has_mask(x)) [[unlikely]] {
    Tensor result = call_masked(x);
    check_result(result);
    add_activity_loss(activity_regularizer_, result);
    return result;
  }
  const DType dtype = x.dtype();
  Tensor result = fits_type(dtype) ? run_one(x) : run_one(x.astype(dtype_));
  check_result(result);
  return result;
}

Tensor LayerImpl::apply(const Tensor& x, std::optional<bool> training) {
  return with_path([&] {
    begin_call();
    return call_prepared(x, training.value_or(detail::in_training()));
  });
}

Tensor LayerImpl::apply_part(const Tensor& x) {
  return with_path([&] { return call_prepared(x, detail::in_training()); });
}

Tensor LayerImpl::apply_fused(LayerImpl& next, const Tensor& x) {
  if (x.defined() && (needs_more_ || next.needs_more_ || has_mask(x))) [[unlikely]]
    return next.apply_part(apply_part(x));
  return with_path([&] {
    prepare(x);
    const detail::CallScope call(this, detail::in_training());
    const DType dtype = x.dtype();
    Tensor result = fits_type(dtype) ? call_fused(next, x) : call_fused(next, x.astype(dtype_));
    check_result(result);
    return result;
  });
}

void LayerImpl::convert(std::vector<Tensor>& inputs) const {
  for (Tensor& input : inputs) {
    if (fits_type(input.dtype())) continue;
    const Tensor mask = mask_of(input);
    input = input.astype(dtype_);
    if (mask.defined()) input = with_mask(input, mask);
  }
}

std::vector<Tensor> LayerImpl::apply_all(const Arguments<Tensor>& arguments) {
  return with_path([&] {
    begin_call();
    if (arguments.inputs.empty()) throw ValueError("expected at least 1 tensor, given none");
    Arguments<Tensor> given = arguments;
    for (const Tensor& input : given.inputs) {
      if (!input.defined())
        throw ValueError(given.inputs.size() == 1 ? "the input is undefined" : "an input is undefined");
    }
    check_arguments(given);
    const std::vector<Shape> shapes = shapes_of(given.inputs);
    if (!built()) {
      build_once(shapes);
    } else {
      check_inputs(shapes);
    }
    convert(given.inputs);
    const detail::CallScope call(this, arguments.training.value_or(detail::in_training()));
    std::vector<Tensor> results = uses_masks(given.inputs) ? run_masked(given) : run(given);
    for (const Tensor& result : results) check_result(result);
    for (const Tensor& result : results) add_activity_loss(activity_regularizer_, result);
    return results;
  });
}

bool LayerImpl::fuses(const LayerImpl&) const { return false; }

Tensor LayerImpl::call_fused(const LayerImpl& next, const Tensor&) {
  throw ValueError(class_name() + " and " + next.class_name() + " are not computed in one pass");
}

Shape LayerImpl::compute_output_shape(const Shape& input_shape) {
  // Lengths that change with unknown ones are unknown. These are large enough for windows and the like.
  const auto unknown_inside = [](int64_t length) { return length == -1; };
  if (input_shape.rank() > 1 && std::any_of(input_shape.begin() + 1, input_shape.end(), unknown_inside)) {
    const auto shape_for = [&](int64_t batch) {
      Shape tried = input_shape;
      if (tried[0] == -1) tried[0] = batch;
      std::replace(tried.begin(), tried.end(), int64_t{-1}, 16 * batch);
      try {
        return call_on_zeros(tried).shape();
      } catch (ShapeError& error) {
        error.set_message(error.message() + tried_on_zeros + input_shape.str() + ")");
        throw;
      }
    };
    Shape shape = shape_for(2);
    const Shape other = shape_for(3);
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (other.rank() != shape.rank() || shape[axis] != other[axis]) shape[axis] = -1;
    }
    return shape;
  }
  Shape shape = call_on_zeros(input_shape).shape();
  if (shape.rank() > 0 && input_shape.rank() > 0 && input_shape[0] == -1) shape[0] = -1;
  return shape;
}

void LayerImpl::check_if_unbuilt(const std::vector<Shape>& input_shapes) {
  if (!built()) with_path([&] { check_before_build(input_shapes); });
}

void LayerImpl::ensure_built(const Shape& input_shape) {
  if (!built()) with_path([&] { build_once({input_shape}); });
}

Shape LayerImpl::connect(const Shape& input_shape) {
  return with_path([&] {
    if (!built()) {
      build_once({input_shape});
    } else {
      check_input(input_shape);
    }
    return compute_output_shape(input_shape);
  });
}

Shape LayerImpl::output_shape(const Shape& input_shape) {
  return with_path([&] { return compute_output_shape(input_shape); });
}

void LayerImpl::build_once(const std::vector<Shape>& input_shapes) {
  const std::lock_guard lock(build_mutex());
  if (built()) return check_inputs(input_shapes);  // another thread was first
  if (is_capturing()) throw AutogradError("build it, or call it once, before a function that calls it is captured");
  check_before_build(input_shapes);
  std::vector<Shape> shapes;
  for (const Shape& shape : input_shapes) shapes.push_back(with_unknown_batch(shape));
  // What is built is no trial, though the call that builds it may be one.
  const detail::OutsideTrialRandomScope random;
  ConstructionScope scope(ConstructionScope::Purpose::build);
  const auto weights_before = static_cast<std::ptrdiff_t>(variables_.size());
  const auto parts_before = static_cast<std::ptrdiff_t>(parts_.size());
  // What the constructor made stays.
  const auto undo = [&] {
    variables_.erase(variables_.begin() + weights_before, variables_.end());
    while (std::ssize(parts_) > parts_before) remove_last_part();
  };
  try {
    build_all(shapes);
    scope.finish(*this);
  } catch (const Error& error) {
    undo();
    if (shapes == input_shapes) throw;
    // The error is to show the shapes that were given, batch and all, here and in parts.
    try {
      build_all(input_shapes);
    } catch (const Error& with_batch) {
      undo();
      if (without_numbers(with_batch.message()) == without_numbers(error.message())) throw;
    }
    undo();
    throw;
  } catch (...) {
    undo();
    throw;
  }
  build_shape_ = shapes.front();
  build_shapes_ = std::move(shapes);
  TrialState::note_built(*this);
  built_.store(true, std::memory_order_release);
}

std::string class_name_of(const std::type_info& implementation) {
  int status = 0;
  char* demangled = abi::__cxa_demangle(implementation.name(), nullptr, nullptr, &status);
  std::string result = status == 0 ? demangled : "Layer";
  std::free(demangled);
  result = result.substr(0, result.find('<'));
  const std::size_t scope = result.rfind("::");
  if (scope != std::string::npos) result = result.substr(scope + 2);
  const std::string suffix = "Impl";
  const bool has_suffix = result.size() > suffix.size() && result.ends_with(suffix);
  return has_suffix ? result.substr(0, result.size() - suffix.size()) : result;
}

std::string LayerImpl::class_name() const { return class_name_of(type()); }

const std::type_info& LayerImpl::type() const { return typeid(*this); }

void LayerImpl::check_before_build(const std::vector<Shape>&) {}

void LayerImpl::check_arguments(const Arguments<Tensor>&) const {}

void LayerImpl::check_inputs(const std::vector<Shape>& shapes) const { check_input(shapes.front()); }

void LayerImpl::check_input(const Shape& shape) const {
  if (!variables_.empty()) check_last_length(shape);
}

void LayerImpl::check_last_length(const Shape& shape) const {
  if (build_shape_.rank() == 0) return;
  if (shape.rank() != build_shape_.rank()) {
    throw ShapeError("built for inputs of " + std::to_string(build_shape_.rank()) + " dimensions " +
                     build_shape_.str() + ", given " + shape.str());
  }
  if (build_shape_.back() != -1 && shape.back() != build_shape_.back()) {
    throw ShapeError("built for inputs whose last length is " + std::to_string(build_shape_.back()) + " " +
                     build_shape_.str() + ", given " + shape.str());
  }
}

Tensor LayerImpl::call_on_zeros(const Shape& input_shape) {
  return on_zeros(*this, {input_shape}, [&](std::vector<Tensor> inputs) {
    Tensor result = run_one(inputs.front());
    check_result(result);
    return result;
  });
}

std::vector<Tensor> LayerImpl::call_on_zeros(const std::vector<Shape>& input_shapes) {
  return on_zeros(*this, input_shapes, [&](std::vector<Tensor> inputs) {
    std::vector<Tensor> results = run({.inputs = std::move(inputs)});
    for (const Tensor& result : results) check_result(result);
    return results;
  });
}

void calls::check_inputs(std::size_t expected, std::size_t given) {
  if (given == expected) return;
  throw ValueError("expected " + std::to_string(expected) + (expected == 1 ? " tensor" : " tensors") + ", given " +
                   std::to_string(given));
}

}  // namespace xtape::layers
