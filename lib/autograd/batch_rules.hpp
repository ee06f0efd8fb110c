#pragma once

#include <functional>
#include <span>
#include <vector>

#include "autograd/lift.hpp"
#include "autograd/mapped.hpp"

// Batch rules that many operations share: what runs `op` for all examples, below the level.
namespace xtape::autograd {

// For elementwise operations whose inputs broadcast.
void batch_elementwise(OpReference op, const Examples& examples, std::span<const Mapped> inputs,
                       std::span<Tensor> outputs);
// For elementwise operations whose inputs are of one shape.
void batch_alike(OpReference op, const Examples& examples, std::span<const Mapped> inputs, std::span<Tensor> outputs);
// For any operation: one example after the other.
void batch_by_loop(OpReference op, const Examples& examples, std::span<const Mapped> inputs, std::span<Tensor> outputs);

// The results of run(inputs) for each example, stacked.
std::vector<Tensor> for_each_example(const Examples& examples, std::span<const Mapped> inputs,
                                     const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& run);

}  // namespace xtape::autograd
