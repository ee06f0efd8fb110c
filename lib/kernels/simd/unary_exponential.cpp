#include "formulas/list.hpp"
#include "kernels/simd/unary.hpp"

XTAPE_EXPONENTIAL_FORMULAS(XTAPE_INSTANTIATE_UNARY)
