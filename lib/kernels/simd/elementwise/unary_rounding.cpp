#include "formulas/list.hpp"
#include "kernels/simd/elementwise/unary.hpp"

XTAPE_ROUNDING_FORMULAS(XTAPE_INSTANTIATE_UNARY)
