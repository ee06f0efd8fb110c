#pragma once

#include <cstdint>
#include <xtape/tensor.hpp>

namespace xtape::ops {

// `indices` as dense int64 positions along an axis of `length`, which those below 0 count from the end of.
// @throws DTypeError unless they are int32, int64 or uint8; IndexError naming the first one out of range.
Tensor positions(const char* operation, const Tensor& indices, int64_t length);

// Class labels as dense int64. @throws DTypeError as positions; IndexError naming the first label outside
// [0, classes).
Tensor checked_labels(const char* operation, const Tensor& labels, int64_t classes);

}  // namespace xtape::ops
