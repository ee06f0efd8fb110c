#include "kernels/isa.hpp"

#include <cstdlib>
#include <string>

#include "catch.hpp"

using xtape::kernels::active_isa;
using xtape::kernels::Isa;

// tests/CMakeLists.txt runs this with other values of XTAPE_ISA.
TEST_CASE("the active instruction set is the one asked for") {
  const char* variable = std::getenv("XTAPE_ISA");
  const std::string wanted = variable ? variable : "";
  if (wanted == "baseline") {
    CHECK(active_isa() == Isa::baseline);
  } else if (wanted == "x86-64-v3") {
    CHECK(active_isa() <= Isa::x86_64_v3);
  } else {
#if defined(__x86_64__)
    const bool has_baseline_only = !__builtin_cpu_supports("avx2");
#else
    const bool has_baseline_only = true;
#endif
    CHECK((active_isa() == Isa::baseline) == has_baseline_only);
  }
}
