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

// Copies of handles to new tensors, which can be put on the tape whatever the user's function returned
// (one of its inputs, say).
std::vector<Tensor> fresh(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> result;
  result.reserve(tensors.size());
  for (const Tensor& tensor : tensors) result.push_back(tensor.detach());
  return result;
}

void check_gradients(const std::string& name, const std::vector<Tensor>& gradients, const std::vector<Tensor>& inputs) {
  if (gradients.size() != inputs.size()) {
    throw AutogradError(name + ": vjp must return " + std::to_string(inputs.size()) + " gradients, got " +
                        std::to_string(gradients.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (gradients[i].defined() && gradients[i].shape() != inputs[i].shape()) {
      throw AutogradError(name + ": vjp must return a gradient of shape " + inputs[i].shape().str() + " for input " +
                          std::to_string(i) + ", got " + gradients[i].shape().str());
    }
  }
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
    outputs = fresh(op.forward(inputs));
  }
  if (outputs.empty()) throw ValueError(op.name + ": forward must return at least one tensor");
  if (!needed) return outputs;

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
        const std::vector<Tensor> input_values = get_all(saved_inputs);
        const std::vector<Tensor> results =
            shared->vjp({output_gradients.begin(), output_gradients.end()}, input_values, get_all(saved_outputs));
        check_gradients(shared->name, results, input_values);
        for (std::size_t i = 0; i < results.size(); ++i) gradients.set(i, results[i]);
      });
  return outputs;
}

}  // namespace xtape
