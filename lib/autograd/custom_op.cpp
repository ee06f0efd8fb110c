#include <memory>
#include <string>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>

#include "autograd/lasting_name.hpp"
#include "autograd/record.hpp"
#include "core/checks.hpp"

namespace xtape {
namespace {

std::vector<Tensor> get_all(const std::vector<autograd::Saved>& saved) {
  std::vector<Tensor> tensors;
  tensors.reserve(saved.size());
  for (const autograd::Saved& entry : saved) tensors.push_back(entry.get());
  return tensors;
}

// What forward returned, by new tensors, which can be put on the tape whatever they are (one of the inputs, say, or
// the same twice).
std::vector<Tensor> fresh(const std::string& name, const std::vector<Tensor>& tensors) {
  if (tensors.empty()) throw ValueError(name + ": forward must return at least one tensor");
  std::vector<Tensor> result;
  result.reserve(tensors.size());
  for (const Tensor& tensor : tensors) {
    if (!tensor.defined()) {
      throw ValueError(name + ": forward returned an undefined tensor as output " + std::to_string(result.size()));
    }
    result.push_back(tensor.detach());
  }
  return result;
}

// A gradient that the user's vjp may change: gradients of a run are often shared, with other operations or with who
// called backward. One that is recorded cannot be changed in place anyway.
Tensor own(const Tensor& gradient) {
  if (!gradient.defined() || gradient.requires_grad() || core::exclusive(gradient)) return gradient;
  return gradient.clone();
}

bool any_floating(const std::vector<Tensor>& tensors) {
  for (const Tensor& tensor : tensors) {
    if (is_floating(tensor.dtype())) return true;
  }
  return false;
}

}  // namespace

std::vector<Tensor> custom_op(const CustomOp& op, const std::vector<Tensor>& inputs) {
  if (!op.forward || !op.vjp) throw ValueError("custom_op: '" + op.name + "' needs both forward and vjp");
  bool needed = false;
  for (const Tensor& input : inputs) {
    core::check_defined(op.name.c_str(), input);
    needed |= autograd::needs_grad(input);
  }
  std::vector<Tensor> outputs;
  {
    const NoGrad no_grad;
    outputs = fresh(op.name, op.forward(inputs));
  }
  if (!needed || !any_floating(outputs)) return outputs;

  std::vector<autograd::Saved> saved_inputs;
  for (const Tensor& input : inputs) saved_inputs.emplace_back(input);
  std::vector<autograd::Saved> saved_outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    saved_outputs.push_back(autograd::Saved::output(outputs[i], static_cast<uint32_t>(i)));
  }
  const auto shared = std::make_shared<const CustomOp>(op);
  autograd::record(
      autograd::lasting_name(op.name), outputs, inputs,
      [shared, saved_inputs, saved_outputs](std::span<const Tensor> output_gradients, autograd::Gradients& gradients) {
        std::vector<Tensor> given;
        given.reserve(output_gradients.size());
        for (const Tensor& gradient : output_gradients) given.push_back(own(gradient));
        const std::vector<Tensor> results = shared->vjp(given, get_all(saved_inputs), get_all(saved_outputs));
        if (results.size() != saved_inputs.size()) {
          throw AutogradError(shared->name + ": vjp must return " + std::to_string(saved_inputs.size()) +
                              " gradients, got " + std::to_string(results.size()));
        }
        for (std::size_t i = 0; i < results.size(); ++i) gradients.set(i, results[i]);
      });
  return outputs;
}

}  // namespace xtape
