#include "autograd/composite.hpp"

#include <xtape/autograd.hpp>
#include <xtape/forward_mode.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/grad_mode.hpp"
#include "autograd/variable.hpp"
#include "core/tensor_impl.hpp"

namespace xtape::autograd {

std::vector<Tensor> composite_gradients(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function,
                                        const std::vector<Tensor>& inputs, std::span<const Tensor> output_gradients,
                                        std::span<const bool> wanted) {
  const bool differentiated = recording;
  const RecordingScope recording_scope(true);
  std::vector<Tensor> arguments, variables;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    arguments.push_back(wanted[i] ? variable(inputs[i], differentiated) : inputs[i]);
    if (wanted[i]) variables.push_back(arguments.back());
  }
  const std::vector<Tensor> outputs = function(arguments);
  std::vector<Tensor> used_outputs, used_gradients;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!output_gradients[i].defined() || !outputs[i].requires_grad()) continue;
    used_outputs.push_back(outputs[i]);
    used_gradients.push_back(output_gradients[i]);
  }
  std::vector<Tensor> gradients(variables.size());
  if (!used_outputs.empty()) {
    gradients = grad(used_outputs, variables,
                     {.gradients = used_gradients, .create_graph = differentiated, .allow_unused = true});
  }
  std::vector<Tensor> results;
  for (std::size_t i = 0, next = 0; i < inputs.size(); ++i) {
    if (!wanted[i]) {
      results.emplace_back();
      continue;
    }
    const Tensor& gradient = gradients[next++];
    results.push_back(gradient.defined() ? gradient : zeros_like(inputs[i]));
  }
  return results;
}

std::vector<Tensor> composite_tangents(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function,
                                       const std::vector<Tensor>& inputs, std::span<const Tensor> tangents) {
  std::vector<std::size_t> places;
  std::vector<Tensor> primals, directions;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!tangents[i].defined()) continue;
    places.push_back(i);
    primals.push_back(inputs[i]);
    directions.push_back(tangents[i]);
  }
  const auto of_those = [&](const std::vector<Tensor>& x) {
    std::vector<Tensor> all = inputs;
    for (std::size_t i = 0; i < places.size(); ++i) all[places[i]] = x[i];
    return function(all);
  };
  return jvp(of_those, primals, directions).second;
}

}  // namespace xtape::autograd
