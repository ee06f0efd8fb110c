#pragma once

#include <cstdint>

#include "kernels/linalg/matrix.hpp"
#include "kernels/support/iteration.hpp"

namespace xtape::kernels {

// c = alpha * a * b + beta * c for float and double: a is [m, k], b [k, n] and c [m, n], which is not transposed and
// overlaps neither. Where beta is 0, c is written without being read. Any of m, n, k may be 0.
template <class T>
void gemm(T alpha, const Matrix<const T>& a, const Matrix<const T>& b, T beta, const Matrix<T>& c);

// The same for stacks of matrices. `stacks` is made by collapse(rank, batch, {strides_a, strides_b}), where a stride of
// 0 uses one matrix again and again; a, b and c are the first matrices, and those of c follow one another, contiguous.
template <class T>
void batched_gemm(const IterationPlan<2>& stacks, T alpha, const Matrix<const T>& a, const Matrix<const T>& b, T beta,
                  const Matrix<T>& c);

}  // namespace xtape::kernels
