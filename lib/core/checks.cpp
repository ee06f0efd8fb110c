#include "core/checks.hpp"

#include <algorithm>
#include <string>
#include <xtape/error.hpp>

#include "core/dtype_switch.hpp"
#include "core/tensor_impl.hpp"

namespace xtape::core {

void throw_undefined(const char* operation) { throw ValueError(std::string(operation) + ": the tensor is undefined"); }

int checked_axis(const char* operation, int axis, int rank) {
  if (axis < -rank || axis >= rank) {
    throw IndexError(std::string(operation) + ": axis " + std::to_string(axis) +
                     " is out of range for a tensor of rank " + std::to_string(rank));
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

void check_shape(const char* operation, const Shape& shape) {
  const std::string start(operation);
  if (shape.rank() > max_rank) {
    throw ShapeError(start + ": expected at most " + std::to_string(max_rank) + " dimensions, got " +
                     std::to_string(shape.rank()));
  }
  int64_t count = 1;
  bool fits = true;
  for (const int64_t length : shape) {
    if (length < 0) throw ShapeError(start + ": lengths must not be negative, got " + shape.str());
    fits = fits && !__builtin_mul_overflow(count, std::max<int64_t>(length, 1), &count);
  }
  if (!fits || count > max_elements) throw ShapeError(start + ": too many elements: " + shape.str());
}

int64_t checked_sum(const char* operation, int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  throw ShapeError(std::string(operation) + ": a length of " + std::to_string(a) + " + " + std::to_string(b) +
                   " is too large");
}

constinit thread_local bool capturing = false;

void check_readable(const char* operation) {
  if (!capturing) return;
  throw AutogradError(std::string(operation) +
                      ": values cannot be read while a function is captured, since the program would go the same way for "
                      "all inputs; use operations (where), or read them outside");
}

void check_writable(const char* operation, const Tensor& x) {
  if (!impl(x)->repeats) return;
  throw ValueError(std::string(operation) + ": a tensor of shape " + x.shape().str() +
                   " that is broadcast, or a view of one, cannot be changed in place: its elements share memory; "
                   "clone it first");
}

void throw_not_floating(DType dtype) {
  throw DTypeError(std::string("expected float32 or float64, got ") + name(dtype));
}

void check_floating(const char* operation, const Tensor& x) {
  check_defined(operation, x);
  if (!is_floating(x.dtype())) {
    throw DTypeError(std::string(operation) + ": expected float32 or float64, got " + name(x.dtype()));
  }
}

}  // namespace xtape::core
