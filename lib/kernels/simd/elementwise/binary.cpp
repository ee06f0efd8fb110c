#include "kernels/simd/elementwise/binary.hpp"

#include "formulas/list.hpp"

XTAPE_BINARY_FORMULAS(XTAPE_INSTANTIATE_BINARY)
