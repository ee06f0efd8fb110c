#pragma once

#include <cstdint>

namespace xtape::kernels {

// y = a b + c d, for contiguous arrays of float or double, split over threads: the derivative of a product in one pass.
// y may be one of the others, but not overlap them otherwise.
template <class T>
void sum_of_products(const T* a, const T* b, const T* c, const T* d, T* y, int64_t n);

}  // namespace xtape::kernels
