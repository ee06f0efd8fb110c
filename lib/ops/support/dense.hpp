#pragma once

#include <xtape/tensor.hpp>

#include "core/tensor_impl.hpp"

namespace xtape::ops {

// A copy of the elements, contiguous, that no tape knows of.
Tensor copied(const char* operation, const Tensor& x);

// Whether the kernels of an operation take x as it is: its elements are contiguous, or it is undefined.
inline bool is_dense(const Tensor& x) { return !x.defined() || core::impl(x)->contiguous; }

// x, or a copy that they take.
inline Tensor dense(const char* operation, const Tensor& x) { return is_dense(x) ? x : copied(operation, x); }

}  // namespace xtape::ops
