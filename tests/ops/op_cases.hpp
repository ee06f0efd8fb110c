#pragma once

#include <functional>
#include <string>
#include <vector>
#include <xtape/tensor.hpp>

namespace xtape::test {

using Tensors = std::vector<Tensor>;
using Function = std::function<Tensors(const Tensors&)>;

/// One use of an op: a function of float64 inputs (and of integer ones, which have no gradient).
struct Sample {
  std::string description;
  Function function;
  Tensors inputs;
  /// The expected outputs, computed without xtape's kernels; empty if the values are not compared.
  Function reference = {};
  /// Compare the gradients with numeric ones (off for large inputs, whose float32 results are still checked).
  bool gradcheck = true;
  /// The gradient is zero everywhere, and rightly so.
  bool zero_gradient = false;
};

/// What an op does with integer inputs.
enum class Integers {
  unsupported,
  /// bool and uint8 become float32, int32 and int64 float64.
  converted,
  /// The result has the promoted type of the inputs (bool aside).
  kept,
};

/// A row of the table: everything that is known about one op.
struct OpCase {
  std::string op;
  std::vector<Sample> samples;
  Integers integers = Integers::unsupported;
  bool differentiable = true;
  /// Whether second derivatives are defined (almost) everywhere.
  bool second_order = true;
  /// Largest difference of float32 from float64 results, relative to max(1, largest absolute value).
  double float32_tolerance = 5e-6;
};

/// Every differentiable or value-computing op of xtape/ops, one row each.
const std::vector<OpCase>& op_cases();

// The parts of the table, by family.
std::vector<OpCase> elementwise_cases();
std::vector<OpCase> arithmetic_cases();
std::vector<OpCase> reduction_cases();
std::vector<OpCase> manipulation_cases();
std::vector<OpCase> joining_cases();
std::vector<OpCase> indexing_cases();
std::vector<OpCase> linalg_cases();
std::vector<OpCase> image_cases();
std::vector<OpCase> convolution_cases();
std::vector<OpCase> pooling_cases();
std::vector<OpCase> resizing_cases();
std::vector<OpCase> probability_cases();
std::vector<OpCase> layer_cases();
std::vector<OpCase> recurrent_cases();

}  // namespace xtape::test
