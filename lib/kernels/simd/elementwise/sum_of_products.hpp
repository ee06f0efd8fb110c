#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

namespace xtape::kernels {

// y = a b + c d.
XTAPE_DECLARE_KERNEL(template <class T>
                     void sum_of_products(const T* a, const T* b, const T* c, const T* d, T* y, int64_t n))
// y = a b, dy = da b + a db.
XTAPE_DECLARE_KERNEL(template <class T>
                     void product_dual(const T* a, const T* b, const T* da, const T* db, T* y, T* dy, int64_t n))

}  // namespace xtape::kernels
