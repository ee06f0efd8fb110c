#pragma once

#include <xtape/anomaly.hpp>
#include <xtape/tensor.hpp>

#include <span>

#include "autograd/node.hpp"

namespace xtape::autograd {

// Whether runs on this thread look at every gradient.
extern constinit thread_local bool detecting_anomalies;

// @throws AutogradError if a gradient that comes to a node is not finite: those that were summed for it, or what hooks
// made of them. Undefined ones are zero.
void check_output_gradients(const Node& node, std::span<const Tensor> gradients);
// The same for the gradient of a leaf.
void check_leaf_gradient(const Tensor& gradient);
// The same for what its vjp has made of finite ones. Between enter and leave.
void check_input_gradients(const Node& node, std::span<const Tensor> gradients);

}  // namespace xtape::autograd
