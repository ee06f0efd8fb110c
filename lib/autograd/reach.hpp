#pragma once

#include <span>
#include <xtape/tensor.hpp>

namespace xtape::autograd {

// Whether the graph of `outputs`, which begins at `variables` (variable.hpp), has other leaves too, or goes on behind
// one of them.
bool reach_beyond(std::span<const Tensor> outputs, std::span<const Tensor> variables);

}  // namespace xtape::autograd
