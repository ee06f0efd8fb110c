#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

namespace xtape::kernels {

// squared_deviations and exponentials are sums of (x - center)^2 and exp(x - center).
enum class Fold { sum, product, max, min, squared_deviations, exponentials };

// y[row]: a row of x combined; center[row] is read by the last two only.
XTAPE_DECLARE_KERNEL(template <class T>
                     void fold_rows(Fold op, const T* x, const T* center, T* y, int64_t rows, int64_t columns))
// y[column]: a column of x combined, with center[column].
XTAPE_DECLARE_KERNEL(template <class T>
                     void fold_columns(Fold op, const T* x, const T* center, T* y, int64_t rows, int64_t columns))

}  // namespace xtape::kernels
