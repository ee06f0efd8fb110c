#pragma once

#include <cstddef>
#include <cstdint>

// Gathering rows by index, and back. Indices are in [0, axis_size): the op checks them.
namespace xtape::kernels {

// out[o, k, :] = x[o, indices[k], :], where x is dense [outer, axis_size, inner] of elements of any type and
// `inner_bytes` is the size of an innermost row in bytes. An embedding lookup is outer = 1.
void take(const void* x, const int64_t* indices, void* out, int64_t outer, int64_t axis_size, int64_t count,
          size_t inner_bytes);

// out[o, indices[k], :] += g[o, k, :], in the order of k for every element, whatever the threads.
// For float, double, int64_t and int32_t.
template <class T>
void scatter_add(const T* g, const int64_t* indices, T* out, int64_t outer, int64_t axis_size, int64_t count,
                 int64_t inner);

// out[k, labels[k]] = 1, all else 0; labels in [0, classes). For all six dtypes.
template <class T>
void one_hot(const int64_t* labels, T* out, int64_t count, int64_t classes);

}  // namespace xtape::kernels
