#pragma once

#include <cstdint>

namespace xtape::kernels {

// y = a b + c d, for contiguous arrays of float or double, split over threads: the derivative of a product in one pass.
// y may be one of the others, but not overlap them otherwise.
template <class T>
void sum_of_products(const T* a, const T* b, const T* c, const T* d, T* y, int64_t n);

// y = a b, and its tangent dy = da b + a db, in one pass.
template <class T>
void product_dual(const T* a, const T* b, const T* da, const T* db, T* y, T* dy, int64_t n);

}  // namespace xtape::kernels
