#include "kernels/isa.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace xtape::kernels {
namespace {

struct NamedIsa {
  std::string_view name;
  Isa isa;
};
#if defined(__x86_64__)
constexpr NamedIsa known[] = {
    {"baseline", Isa::baseline}, {"x86-64-v3", Isa::x86_64_v3}, {"x86-64-v4", Isa::x86_64_v4}};
constexpr const char* known_names = "baseline, x86-64-v3 or x86-64-v4";
#else
constexpr NamedIsa known[] = {{"baseline", Isa::baseline}};
constexpr const char* known_names = "baseline on this architecture";
#endif

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
  if (!variable || !*variable) return best;
  for (const NamedIsa& named : known)
    if (named.name == variable) return std::min(named.isa, best);
  std::fprintf(stderr, "xtape: XTAPE_ISA must be %s, given %s; using the best\n", known_names, variable);
  return best;
}

}  // namespace

Isa active_isa() {
  static const Isa isa = chosen_isa();
  return isa;
}

}  // namespace xtape::kernels
