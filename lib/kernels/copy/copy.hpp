#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/support/iteration.hpp"

// Copies, casts, fills and selections. Arrays are contiguous unless a plan says otherwise; none may overlap another,
// except that an output of where may be one of its inputs.
namespace xtape::kernels {

// Copies elements of 1, 4 or 8 bytes over a plan made by collapse(rank, sizes, {strides_from, strides_to}).
// Runs, transposes and broadcasts are fast in any order of the axes.
void copy_strided(const IterationPlan<2>& plan, const void* from, void* to, size_t element_size);

// `bytes` bytes, in parallel where that is worth it.
void copy_bytes(const void* from, void* to, size_t bytes);

// Joins contiguous arrays of `rows` rows side by side: each row of `to` is the rows of the parts, one after the other.
// Row by row, so that writes are sequential.
struct RowPart {
  const void* from;
  size_t row_bytes;
};
void join_rows(std::span<const RowPart> parts, int64_t rows, void* to);

// Between any two of the six dtypes, as detail::convert does.
template <class From, class To>
void cast(const From* from, To* to, int64_t n);

template <class T>
void fill(T* to, T value, int64_t n);

// y = condition ? a : b over a plan made by collapse(rank, sizes, {strides_condition, strides_a, strides_b}), where y
// is contiguous in row-major order. For all six dtypes.
template <class T>
void where(const IterationPlan<3>& plan, const bool* condition, const T* a, const T* b, T* y);

}  // namespace xtape::kernels
