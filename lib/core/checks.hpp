#pragma once

#include <cstdint>
#include <limits>
#include <xtape/tensor.hpp>

namespace xtape::core {

// Dimensions that a tensor can have: what the kernels walk over.
inline constexpr int max_rank = 32;
// Elements that a tensor can have, views with repeated ones too: their bytes can be counted whatever the type.
inline constexpr int64_t max_elements = std::numeric_limits<int64_t>::max() / 16;

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
// @throws ShapeError unless a tensor can have this shape. make_tensor and make_view check it for every tensor.
void check_shape(const char* operation, const Shape& shape);
// A length made of two others, neither of which is negative. @throws ShapeError if int64 does not hold it.
int64_t checked_sum(const char* operation, int64_t a, int64_t b);
// @throws ValueError if x is a result of broadcast_to or a view of one: a change of an element would be of several.
void check_writable(const char* operation, const Tensor& x);
// Whether a function runs on this thread whose operations are captured: what they compute is not to be read.
extern constinit thread_local bool capturing;
// @throws AutogradError then.
void check_readable(const char* operation);
// @throws DTypeError unless x is float32 or float64.
void check_floating(const char* operation, const Tensor& x);

}  // namespace xtape::core
