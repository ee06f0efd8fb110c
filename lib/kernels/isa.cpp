#include "kernels/isa.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <xtape/error.hpp>

namespace xtape::kernels {
namespace {

struct NamedIsa {
  std::string_view name;
  Isa isa;
};
// What the library was built for, the lowest first.
constexpr NamedIsa built[] = {
#if defined(XTAPE_HAS_BASELINE)
    {"baseline", Isa::baseline},
#endif
#if defined(XTAPE_HAS_X86_64_V3)
    {"x86-64-v3", Isa::x86_64_v3},
#endif
#if defined(XTAPE_HAS_X86_64_V4)
    {"x86-64-v4", Isa::x86_64_v4},
#endif
};

std::string built_names() {
  std::string names;
  for (const NamedIsa& named : built) names += (names.empty() ? "" : ", ") + std::string(named.name);
  return names;
}

Isa best_of_cpu() {
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

// The best that the library was built for, up to `limit`.
Isa best_up_to(Isa limit) {
  const NamedIsa* best = nullptr;
  for (const NamedIsa& named : built)
    if (named.isa <= limit) best = &named;
  if (!best) {
    throw RuntimeError("this xtape was built for newer CPUs than this one (" + built_names() +
                "); build it with baseline among CMake's XTAPE_INSTRUCTION_SETS");
  }
  return best->isa;
}

Isa chosen_isa() {
  const Isa best = best_up_to(best_of_cpu());
  const char* variable = std::getenv("XTAPE_ISA");
  if (!variable || !*variable) return best;
  for (const NamedIsa& named : built)
    if (named.name == variable) return std::min(named.isa, best);
  std::fprintf(stderr, "xtape: XTAPE_ISA must be one of %s, given %s; using the best\n", built_names().c_str(), variable);
  return best;
}

}  // namespace

Isa active_isa() {
  static const Isa isa = chosen_isa();
  return isa;
}

}  // namespace xtape::kernels
