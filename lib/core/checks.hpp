#pragma once

#include <xtape/tensor.hpp>

namespace xtape::core {

// Each throws a typed error that begins with the operation's name.

[[noreturn]] void throw_undefined(const char* operation);

// @throws ValueError if `x` is undefined.
inline void check_defined(const char* operation, const Tensor& x) {
  if (!x.defined()) [[unlikely]] throw_undefined(operation);
}
// The axis counted from the front. @throws IndexError unless -rank <= axis < rank.
int checked_axis(const char* operation, int axis, int rank);
// Marks, per dimension of a tensor of rank `rank`, whether it is among `axes`.
// @throws IndexError for an axis out of range, ValueError for one given twice.
detail::InlineVector<bool, 8> checked_axes(const char* operation, const Axes& axes, int rank);
// @throws ShapeError unless a tensor can have this shape.
void check_shape(const char* operation, const Shape& shape);
// @throws ValueError if elements of x share memory, as broadcast_to leaves them: a change in place would be of several.
void check_no_shared_elements(const char* operation, const Tensor& x);
// @throws DTypeError unless x is float32 or float64.
void check_floating(const char* operation, const Tensor& x);

}  // namespace xtape::core
