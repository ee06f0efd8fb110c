#pragma once

#include <xtape/autograd.hpp>
#include <xtape/ops/manipulation.hpp>

#include <span>
#include <vector>

#include "autograd/node.hpp"

namespace xtape::ops {

// The gradients of a fused operation where they are to be differentiated again: those of `function`, the
// same operation written with public ones. Undefined inputs stay undefined.
template <class Function>
void composite_vjp(const Function& function, const std::vector<Tensor>& inputs,
                   std::span<const Tensor> output_gradients, autograd::Gradients& gradients) {
  // Aliases: a tensor that is given twice has a gradient for each place. And the run in here need not look behind them.
  std::vector<Tensor> aliases;
  std::vector<Tensor> wanted;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    aliases.push_back(inputs[i].defined() ? reshape(inputs[i], inputs[i].shape()) : Tensor());
    if (gradients.needed(i)) wanted.push_back(aliases.back());
  }
  const std::vector<Tensor> outputs = function(aliases);
  std::vector<Tensor> used_outputs;
  std::vector<Tensor> used_gradients;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!output_gradients[i].defined() || !outputs[i].requires_grad()) continue;
    used_outputs.push_back(outputs[i]);
    used_gradients.push_back(output_gradients[i]);
  }
  if (used_outputs.empty()) return;
  const std::vector<Tensor> results =
      grad(used_outputs, wanted, {.gradients = used_gradients, .create_graph = true, .allow_unused = true});
  for (std::size_t i = 0, next = 0; i < inputs.size(); ++i) {
    if (gradients.needed(i)) gradients.set(i, results[next++]);
  }
}

}  // namespace xtape::ops
