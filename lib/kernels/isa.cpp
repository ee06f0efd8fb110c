#include "kernels/isa.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace xtape::kernels {
namespace {

Isa best_isa() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return v4 ? Isa::x86_64_v4 : v3 ? Isa::x86_64_v3 : Isa::baseline;
#else
  return Isa::baseline;
#endif
}

Isa chosen_isa() {
  const Isa best = best_isa();
  const char* variable = std::getenv("XTAPE_ISA");
  const std::string_view wanted = variable ? variable : "";
  Isa isa = best;
  if (wanted == "baseline") {
    isa = Isa::baseline;
  } else if (wanted == "x86-64-v3") {
    isa = Isa::x86_64_v3;
  } else if (!wanted.empty() && wanted != "x86-64-v4") {
    std::fprintf(stderr, "xtape: XTAPE_ISA must be baseline, x86-64-v3 or x86-64-v4, given %s; using the best\n",
                 variable);
  }
  return isa < best ? isa : best;
}

}  // namespace

Isa active_isa() {
  static const Isa isa = chosen_isa();
  return isa;
}

}  // namespace xtape::kernels
