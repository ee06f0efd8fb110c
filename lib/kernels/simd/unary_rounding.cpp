#include "formulas/list.hpp"
#include "kernels/simd/unary.hpp"

XTAPE_ROUNDING_FORMULAS(XTAPE_INSTANTIATE_UNARY)
