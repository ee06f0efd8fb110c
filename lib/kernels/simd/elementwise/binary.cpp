#include "kernels/simd/elementwise/binary.hpp"

#include "formulas/gradients.hpp"
#include "formulas/list.hpp"

XTAPE_BINARY_FORMULAS(XTAPE_INSTANTIATE_BINARY)
XTAPE_GRADIENT_FORMULAS(XTAPE_INSTANTIATE_BINARY)
