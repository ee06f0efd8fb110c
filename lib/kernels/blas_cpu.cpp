#include <cblas.h>

#include <string_view>

#include "kernels/blas.hpp"
#include "kernels/isa.hpp"

namespace xtape::kernels {

bool blas_knows_this_cpu() {
#if defined(__x86_64__)
  static const bool known = [] {
    const std::string_view core = openblas_get_corename();
    for (const std::string_view modern : {"Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids"})
      if (core == modern) return true;
    return active_isa() == Isa::baseline;
  }();
  return known;
#else
  return true;
#endif
}

}  // namespace xtape::kernels
