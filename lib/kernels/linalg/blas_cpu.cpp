#include <cblas.h>

#include <string_view>

#include "kernels/linalg/blas.hpp"
#include "kernels/isa.hpp"

namespace xtape::kernels {

bool blas_is_fast() {
#if defined(__x86_64__)
  static const bool fast = [] {
    if (openblas_get_parallel() == OPENBLAS_THREAD) return false;
    const std::string_view core = openblas_get_corename();
    for (const std::string_view modern : {"Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids"})
      if (core == modern) return true;
    return active_isa() == Isa::baseline;
  }();
  return fast;
#else
  return openblas_get_parallel() != OPENBLAS_THREAD;
#endif
}

}  // namespace xtape::kernels
