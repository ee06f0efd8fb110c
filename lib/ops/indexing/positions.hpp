#pragma once

#include <cstdint>
#include <xtape/tensor.hpp>

namespace xtape::ops {

// `indices` as contiguous int64 positions along an axis of `length`, which those below 0 count from the end of.
// @throws DTypeError unless they are int32, int64 or uint8; IndexError naming the first one out of range, and where it
// stands.
Tensor positions(const char* operation, const Tensor& indices, int64_t length);

// @throws DTypeError unless x is int32, int64 or uint8.
void check_integers(const char* operation, const char* what, const Tensor& x);

}  // namespace xtape::ops
