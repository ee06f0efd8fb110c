#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/support/axis.hpp"

// Gathering rows by index, and back. Indices are in [0, view.size): the op checks them.
namespace xtape::kernels {

// out[o, k, :] = x[o, indices[k], :] for k < count, where x is seen by `view`, whose innermost rows are counted in
// bytes: elements may have any type. An embedding lookup is outer = 1.
void take(const void* x, const AxisView& view, const int64_t* indices, int64_t count, void* out);

// out[o, indices[k], :] += g[o, k, :], in the order of k for every element, whatever the threads; `view` is out's.
// For float, double, int64_t and int32_t.
template <class T>
void scatter_add(const T* g, const int64_t* indices, int64_t count, T* out, const AxisView& view);

// out[k, labels[k]] = 1, all else 0; labels in [0, classes). For all six dtypes.
template <class T>
void one_hot(const int64_t* labels, T* out, int64_t count, int64_t classes);

}  // namespace xtape::kernels
