#pragma once

#include <cstdint>

#include "kernels/linalg/matrix.hpp"

// Rows of contiguous matrices [.., width], moved between the places that they have in sequences and in steps. What is
// written does not overlap what is read. Rows do not depend on one another: threads take ranges of them.
namespace xtape::kernels {

// to[i] = from[index[i]] for i < rows; zeros where the index is negative.
template <class T>
void gather_rows(const T* from, const int64_t* index, int64_t rows, int64_t width, T* to);

// to[i] = from[begin[i]] + ... + from[begin[i] + count[i] - 1] for i < rows.
template <class T>
void sum_row_ranges(const T* from, const int64_t* begin, const int64_t* count, int64_t rows, int64_t width, T* to);

// to[i] = a[i] * b[i] for each row, and to[i] += a[i] * b[i]; `to` may be `a`.
template <class T>
void multiply_rows(const Matrix<const T>& a, const T* b, const Matrix<T>& to);
template <class T>
void add_product_of_rows(const Matrix<const T>& a, const T* b, const Matrix<T>& to);

}  // namespace xtape::kernels
