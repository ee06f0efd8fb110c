#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

#include <span>
#include <string>

#include "autograd/engine.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/lift.hpp"
#include "core/checks.hpp"

namespace xtape {
namespace {

void check_start(const std::string& prefix, const Tensor& gradient, const Tensor& output) {
  if (gradient.shape() != output.shape()) {
    throw ShapeError(prefix + "the gradient must have shape " + output.shape().str() + ", got " +
                     gradient.shape().str());
  }
  if (gradient.dtype() != output.dtype()) {
    throw DTypeError(prefix + "the gradient must be " + name(output.dtype()) + ", got " + name(gradient.dtype()));
  }
}

// Has the engine start from each output; where that is allowed, not from one that depends on nothing. Nothing runs yet.
void start(autograd::Engine& engine, const char* function, std::span<const Tensor> outputs,
           std::span<const Tensor> gradients, bool allow_unused) {
  const std::string prefix = std::string(function) + ": ";
  if (outputs.empty()) throw ValueError(prefix + "there are no outputs");
  if (!gradients.empty() && gradients.size() != outputs.size()) {
    throw ValueError(prefix + "expected one gradient per output, got " + std::to_string(gradients.size()) +
                     " gradients for " + std::to_string(outputs.size()) + " outputs");
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& output = outputs[i];
    core::check_defined(function, output);
    if (!output.requires_grad() && !allow_unused) {
      throw AutogradError(prefix + "the tensor of shape " + output.shape().str() +
                          " does not depend on any tensor that requires a gradient");
    }
    const bool given = !gradients.empty() && gradients[i].defined();
    if (given) {
      check_start(prefix, gradients[i], output);
    } else if (output.numel() != 1) {
      throw AutogradError(prefix + "the tensor has shape " + output.shape().str() +
                          "; a gradient must be given unless there is one element");
    }
    if (output.requires_grad()) engine.start(output, given ? gradients[i] : ones(output.shape(), output.dtype()));
  }
}

// The gradients of the inputs as the engine has them: perhaps shared with each other, with what was given or with the
// graph.
std::vector<Tensor> run(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                        const GradOptions& options) {
  autograd::Engine engine(
      {.keep_graph = options.retain_graph || options.create_graph, .create_graph = options.create_graph});
  for (const Tensor& input : inputs) engine.want(autograd::Edge(input));
  start(engine, "grad", outputs, options.gradients, options.allow_unused);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (options.allow_unused || engine.reaches(autograd::Edge(inputs[i]))) continue;
    throw AutogradError("grad: the outputs do not depend on input " + std::to_string(i) + " of shape " +
                        inputs[i].shape().str() + "; pass allow_unused to get an undefined tensor");
  }
  engine.run();
  std::vector<Tensor> result;
  result.reserve(inputs.size());
  for (const Tensor& input : inputs) {
    result.push_back(engine.gradient(autograd::Edge(input)));
    if (!result.back().defined() && !options.allow_unused) result.back() = zeros(input.shape(), input.dtype());
  }
  return result;
}

// @throws AutogradError if leaves would be left with gradients that end with a transform.
void check_not_lifted(std::span<const Tensor> tensors) {
  for (const Tensor& x : tensors) {
    if (!autograd::has_live_lift(x)) continue;
    throw AutogradError("backward: the tensor of shape " + x.shape().str() +
                        " is within vmap or jvp, whose tensors end with it, and grad() of the leaves would not; use "
                        "grad(loss, {variables...}), which returns the gradients");
  }
}

void run_backward(std::span<const Tensor> outputs, std::span<const Tensor> gradients, BackwardOptions options) {
  if (autograd::transforms) {
    check_not_lifted(outputs);
    check_not_lifted(gradients);
  }
  autograd::Engine engine({.keep_graph = options.retain_graph, .accumulate = true});
  start(engine, "backward", outputs, gradients, false);
  engine.run();
  engine.accumulate_into_leaves();
}

}  // namespace

Tensor stop_gradient(const Tensor& x) {
  core::check_defined("stop_gradient", x);
  return x.detach();
}

void Tensor::backward(const Tensor& gradient, BackwardOptions options) const {
  run_backward({this, 1}, {&gradient, 1}, options);
}

void backward(const std::vector<Tensor>& outputs, const std::vector<Tensor>& gradients, BackwardOptions options) {
  run_backward(outputs, gradients, options);
}

std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const GradOptions& options) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    core::check_defined("grad", inputs[i]);
    if (!inputs[i].requires_grad()) {
      throw AutogradError("grad: input " + std::to_string(i) + " of shape " + inputs[i].shape().str() +
                          " does not require a gradient");
    }
  }
  if (inputs.empty()) return {};
  std::vector<Tensor> result = run(outputs, inputs, options);
  const autograd::RecordingScope mode(options.create_graph);
  for (Tensor& gradient : result) {
    if (!gradient.defined() || core::exclusive(gradient)) continue;
    if (!autograd::is_lifted(gradient) || !autograd::exclusive(gradient)) gradient = gradient.clone();
  }
  return result;
}

}  // namespace xtape
