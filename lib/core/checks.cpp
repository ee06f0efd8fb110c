#include "core/checks.hpp"

#include <xtape/error.hpp>

#include <string>

namespace xtape::core {

void check_defined(const char* operation, const Tensor& x) {
  if (!x.defined()) throw ValueError(std::string(operation) + ": the tensor is undefined");
}

int checked_axis(const char* operation, int axis, int rank) {
  if (axis < -rank || axis >= rank) {
    throw IndexError(std::string(operation) + ": axis " + std::to_string(axis) + " is out of range for a tensor of rank " +
                     std::to_string(rank));
  }
  return axis < 0 ? axis + rank : axis;
}

detail::InlineVector<bool, 8> checked_axes(const char* operation, const Axes& axes, int rank) {
  detail::InlineVector<bool, 8> marked(static_cast<std::size_t>(rank), axes.all());
  for (int value : axes.values()) {
    const auto axis = static_cast<std::size_t>(checked_axis(operation, value, rank));
    if (marked[axis]) throw ValueError(std::string(operation) + ": axis " + std::to_string(value) + " is given twice");
    marked[axis] = true;
  }
  return marked;
}

void check_floating(const char* operation, const Tensor& x) {
  check_defined(operation, x);
  if (!is_floating(x.dtype())) {
    throw DTypeError(std::string(operation) + ": expected float32 or float64, got " + name(x.dtype()));
  }
}

}  // namespace xtape::core
