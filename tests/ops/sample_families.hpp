#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ops/op_cases.hpp"
#include "support/sample_tensors.hpp"

// Samples that every op of a kind is to be tested on.
namespace xtape::test {

using UnaryOp = std::function<Tensor(const Tensor&)>;
using BinaryOp = std::function<Tensor(const Tensor&, const Tensor&)>;
using ReductionOp = std::function<Tensor(const Tensor&, const Axes&, bool)>;

/// `function` applied to the elements of broadcast tensors, in plain double arithmetic.
Tensor map_elements(const Tensors& inputs, const std::function<double(const std::vector<double>&)>& function);

/// `function` applied to the elements along the reduced axes, in plain double arithmetic.
Tensor reduce_elements(const Tensor& x, const Axes& axes, bool keepdims,
                       const std::function<double(const std::vector<double>&)>& function);

/// An elementwise op of one tensor on all kinds of shapes and strides.
std::vector<Sample> unary_samples(const UnaryOp& op, const std::function<double(double)>& reference,
                                  const Domain& domain);

/// An elementwise op of two tensors: broadcasting both ways, sizes 0 and 1, views, one tensor twice.
std::vector<Sample> binary_samples(const BinaryOp& op, const std::function<double(double, double)>& reference,
                                   const Domain& a = {}, const Domain& b = {});

/// A reduction over every set of axes, with and without keepdims.
std::vector<Sample> reduction_samples(const ReductionOp& op,
                                      const std::function<double(const std::vector<double>&)>& reference,
                                      const Domain& domain = {});

/// The value of a rearrangement of one tensor's elements, read off element by element: `source` gives the input's
/// position for each position of the output.
Function rearranged(const Shape& output, const std::function<Shape(const Shape&)>& source);

/// A sample of a function of one tensor.
Sample unary_sample(const char* description, const UnaryOp& function, const Shape& shape,
                    const Function& reference = {});

}  // namespace xtape::test
