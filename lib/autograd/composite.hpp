#pragma once

#include <functional>
#include <span>
#include <vector>
#include <xtape/tensor.hpp>

namespace xtape::autograd {

// The gradients of a fused operation where they are to be differentiated again: those of `function`, which computes the
// same results in public operations, at `inputs`, of which some may be undefined. Undefined where not `wanted`.
std::vector<Tensor> composite_gradients(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function,
                                        const std::vector<Tensor>& inputs, std::span<const Tensor> output_gradients,
                                        std::span<const bool> wanted);

// The tangents of its results, likewise, from those of its inputs; undefined ones are zero.
std::vector<Tensor> composite_tangents(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function,
                                       const std::vector<Tensor>& inputs, std::span<const Tensor> tangents);

}  // namespace xtape::autograd
