#include "ops/reduction/reduction.hpp"

#include <algorithm>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/ops/manipulation.hpp>

#include "core/tensor_impl.hpp"
#include "ops/support/conversion.hpp"

namespace xtape::ops {

Shape reduced_shape(const Shape& shape, const Axes& axes, bool keepdims) {
  const auto marked = core::checked_axes("reduction", axes, shape.rank());
  Shape result;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (!marked[i]) {
      result.push_back(shape[i]);
    } else if (keepdims) {
      result.push_back(1);
    }
  }
  return result;
}

Reduction::Reduction(const char* operation, const Tensor& argument, const Axes& axes, bool keep) : keepdims(keep) {
  core::check_defined(operation, argument);
  const auto marked = core::checked_axes(operation, axes, argument.rank());
  const NoGrad no_grad;
  x = argument;
  for (int axis = 0; core::impl(argument)->repeats && axis < argument.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    if (!marked[i] || argument.strides()[i] != 0 || argument.shape()[i] < 2) continue;
    repeats *= argument.shape()[i];
    x = x.slice(axis, {0, 1});
  }
  const Shape& lengths = x.shape();
  // Axes of length 1 do not matter; of the others the reduced ones should be neighbours.
  std::size_t first = lengths.size();
  std::size_t last = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    kept_shape.push_back(marked[i] ? 1 : lengths[i]);
    if (!marked[i]) shape.push_back(lengths[i]);
    if (!marked[i] || lengths[i] == 1) continue;
    reduced *= lengths[i];
    first = std::min(first, i);
    last = i + 1;
  }
  bool together = true;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (marked[i]) continue;
    (i < first ? outer : inner) *= lengths[i];
    together &= lengths[i] == 1 || i < first || i >= last;
  }

  if (!together) {
    std::vector<int> order;
    for (const bool wanted : {false, true}) {
      for (std::size_t i = 0; i < marked.size(); ++i) {
        if (marked[i] == wanted) order.push_back(static_cast<int>(i));
      }
    }
    x = permute(x, order);
    outer = shape.numel();
    inner = 1;
  }
  x = contiguous(operation, x);
}

Tensor expand_reduced(const Tensor& result, const Shape& kept_shape, const Shape& shape) {
  return broadcast_to(reshape(result, kept_shape), shape);
}

}  // namespace xtape::ops
