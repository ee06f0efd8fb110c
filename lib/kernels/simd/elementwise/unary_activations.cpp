#include "formulas/list.hpp"
#include "kernels/simd/elementwise/unary.hpp"

XTAPE_ACTIVATION_FORMULAS(XTAPE_INSTANTIATE_UNARY)

#define XTAPE_INSTANTIATE_DUAL_FOR(Formula, T)                                                                     \
  template void xtape::kernels::XTAPE_ISA::unary_dual(const xtape::formulas::Formula&, const T*, const T*, T*, T*, \
                                                      int64_t);
#define XTAPE_INSTANTIATE_DUAL(Formula)      \
  XTAPE_INSTANTIATE_DUAL_FOR(Formula, float) \
  XTAPE_INSTANTIATE_DUAL_FOR(Formula, double)
XTAPE_ONE_PASS_FORMULAS(XTAPE_INSTANTIATE_DUAL)
