#include "formulas/list.hpp"
#include "kernels/simd/elementwise/unary.hpp"

XTAPE_TRIGONOMETRIC_FORMULAS(XTAPE_INSTANTIATE_UNARY)
