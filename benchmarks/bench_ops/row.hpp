#pragma once

#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "timing.hpp"

namespace bench {

using Tensors = std::vector<xtape::Tensor>;

/// The row of an op without gradients.
template <class Function>
void forward_row(const Runner& runner, const std::string& name, Function&& function, double operations = 1) {
  xtape::NoGrad no_grad;
  runner.measure(
      name, [&] { return function(); }, operations);
}

/// Two rows of an op: without gradients, and with the backward pass to each of `inputs`.
template <class Function>
void op_rows(const Runner& runner, const std::string& name, const Tensors& inputs, Function&& function,
             double operations = 1) {
  forward_row(runner, name + ".forward", function, operations);
  const std::string both = name + ".forward+backward";
  if (!runner.wants(both)) return;
  for (const auto& input : inputs) input.set_requires_grad();
  const auto upstream = xtape::rand(function().shape());
  runner.measure(
      both,
      [&] {
        function().backward(upstream);
        for (const auto& input : inputs) input.zero_grad();
      },
      operations);
}

}  // namespace bench
