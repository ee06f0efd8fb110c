#pragma once

#include <string>
#include <vector>
#include <xtape/tensor.hpp>

#include "config.hpp"

// What PyTorch computes: see README.md.
namespace xtape::test {

using Tensors = std::vector<Tensor>;

/// One call of an operation. What belongs to inputs belongs to those of floating type; what belongs to results is
/// undefined for constants among them.
struct ReferenceCase {
  /// The operation's public name, and what is peculiar to this case.
  std::string op, name;
  Config config;
  /// Undefined where an argument is left out.
  Tensors inputs;
  Tensors values;
  /// For results.
  Tensors cotangents;
  /// For inputs.
  Tensors tangents;
  /// Of the sum of cotangent * result, for inputs.
  Tensors gradients;
  /// Of the results.
  Tensors jvp;
  /// The Hessian of the sum of cotangent * result + result^2 / 2 times the tangents, for inputs.
  Tensors hvp;

  bool differentiable() const { return !gradients.empty(); }
};

/// The cases of all files in data/.
const std::vector<ReferenceCase>& reference_cases();

}  // namespace xtape::test
