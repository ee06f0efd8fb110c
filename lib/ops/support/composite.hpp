#pragma once

#include <xtape/error.hpp>
#include <xtape/tensor.hpp>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace xtape::ops {

// The gradients of a fused operation where they are to be differentiated again: those of `function`, which computes the
// same results in public operations, at `inputs`, of which some may be undefined. Undefined where not `wanted`.
std::vector<Tensor> composite_gradients(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function,
                                        const std::vector<Tensor>& inputs, std::span<const Tensor> output_gradients,
                                        std::span<const bool> wanted);

// The tangents of its results, likewise, from those of its inputs; undefined ones are zero.
std::vector<Tensor> composite_tangents(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function,
                                       const std::vector<Tensor>& inputs, std::span<const Tensor> tangents);

// What `compute` returns. Errors inside come from the operations that it is made of; users know it by `operation`,
// which is put first: `stack: concatenate: ...`.
template <class Compute>
auto in_operation(const char* operation, const Compute& compute) {
  try {
    return compute();
  } catch (Error& error) {
    if (!error.message().starts_with(operation)) error.set_message(std::string(operation) + ": " + error.message());
    throw;
  }
}

}  // namespace xtape::ops
