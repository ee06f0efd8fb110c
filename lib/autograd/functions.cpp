#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

#include <string>

#include "autograd/engine.hpp"
#include "autograd/grad_mode.hpp"
#include "core/checks.hpp"

namespace xtape {
namespace {

// The gradient to start from at each output. Everything is checked before anything runs.
std::vector<Tensor> start_gradients(const char* function, const std::vector<Tensor>& outputs,
                                    const std::vector<Tensor>& gradients) {
  const std::string prefix = std::string(function) + ": ";
  if (outputs.empty()) throw ValueError(prefix + "there are no outputs");
  if (!gradients.empty() && gradients.size() != outputs.size()) {
    throw ValueError(prefix + "expected one gradient per output, got " + std::to_string(gradients.size()) +
                     " gradients for " + std::to_string(outputs.size()) + " outputs");
  }
  std::vector<Tensor> result;
  result.reserve(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& output = outputs[i];
    core::check_defined(function, output);
    if (!output.requires_grad()) {
      throw AutogradError(prefix + "the tensor of shape " + output.shape().str() +
                          " does not depend on any tensor that requires a gradient");
    }
    if (gradients.empty() || !gradients[i].defined()) {
      if (output.numel() != 1) {
        throw AutogradError(prefix + "the tensor has shape " + output.shape().str() +
                            "; a gradient must be given unless there is one element");
      }
      result.push_back(ones(output.shape(), output.dtype()));
      continue;
    }
    if (gradients[i].shape() != output.shape()) {
      throw ShapeError(prefix + "the gradient must have shape " + output.shape().str() + ", got " +
                       gradients[i].shape().str());
    }
    if (gradients[i].dtype() != output.dtype()) {
      throw DTypeError(prefix + "the gradient must be " + name(output.dtype()) + ", got " + name(gradients[i].dtype()));
    }
    result.push_back(gradients[i]);
  }
  return result;
}

}  // namespace

void backward(const std::vector<Tensor>& outputs, const std::vector<Tensor>& gradients, BackwardOptions options) {
  const std::vector<Tensor> start = start_gradients("backward", outputs, gradients);
  autograd::Engine engine({.keep_graph = options.retain_graph, .create_graph = false});
  for (std::size_t i = 0; i < outputs.size(); ++i) engine.start(outputs[i], start[i]);
  engine.run();
  engine.accumulate_into_leaves();
}

std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const GradOptions& options) {
  const std::vector<Tensor> start = start_gradients("grad", outputs, options.gradients);
  autograd::Engine engine({.keep_graph = options.retain_graph || options.create_graph,
                           .create_graph = options.create_graph});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    core::check_defined("grad", inputs[i]);
    if (!inputs[i].requires_grad()) {
      throw AutogradError("grad: input " + std::to_string(i) + " of shape " + inputs[i].shape().str() +
                          " does not require a gradient");
    }
    engine.capture(inputs[i]);
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) engine.start(outputs[i], start[i]);
  engine.run();

  std::vector<Tensor> result;
  result.reserve(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    result.push_back(engine.captured(inputs[i]));
    if (!result.back().defined() && !options.allow_unused) {
      throw AutogradError("grad: the outputs do not depend on input " + std::to_string(i) + " of shape " +
                          inputs[i].shape().str() + "; pass allow_unused to get an undefined tensor");
    }
  }
  return result;
}

Tensor grad(const Tensor& output, const Tensor& input, const GradOptions& options) {
  return grad(std::vector<Tensor>{output}, std::vector<Tensor>{input}, options).front();
}

}  // namespace xtape
