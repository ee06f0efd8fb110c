#include "formulas/list.hpp"
#include "kernels/simd/unary.hpp"

XTAPE_TRIGONOMETRIC_FORMULAS(XTAPE_INSTANTIATE_UNARY)
