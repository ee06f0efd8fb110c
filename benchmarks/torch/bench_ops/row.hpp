#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "timing.hpp"

namespace bench {

using Tensors = std::vector<torch::Tensor>;

/// The row of an op without gradients, in inference mode.
template <class Function>
void forward_row(const Runner& runner, const std::string& name, Function&& function, double operations = 1) {
  torch::InferenceMode inference;
  runner.measure(
      name, [&] { return function(); }, operations);
}

/// Two rows of an op: without gradients, and with the backward pass to each of `inputs` that needs one.
template <class Function>
void op_rows(const Runner& runner, const std::string& name, const Tensors& inputs, Function&& function,
             const std::string& variant = "", double operations = 1) {
  forward_row(runner, name + ".forward" + variant, function, operations);
  const std::string both = name + ".forward+backward" + variant;
  if (!runner.wants(both)) return;
  for (const auto& input : inputs) input.requires_grad_(true);
  const auto upstream = torch::rand_like(function().detach());
  runner.measure(
      both,
      [&] {
        function().backward(upstream);
        for (const auto& input : inputs) input.mutable_grad().reset();
      },
      operations);
}

}  // namespace bench
