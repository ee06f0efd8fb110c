#pragma once

// Kernels in kernels/simd are compiled once per instruction set, each time into the namespace XTAPE_ISA.
// They include no std header beyond <cstdint>, <cstddef>, <cmath> and <cstring>: weak symbols of heavier
// templates, compiled for a newer CPU, could be the ones that the linker keeps for everybody.
namespace xtape::kernels {

enum class Isa { baseline, x86_64_v3, x86_64_v4 };

// The best instruction set of this CPU, or the lower one that the environment variable XTAPE_ISA asks for: baseline,
// x86-64-v3, x86-64-v4, of which only the first exists on ARM. Decided once; another value is ignored, with a line on
// stderr.
Isa active_isa();

}  // namespace xtape::kernels

#if defined(__x86_64__)
#define XTAPE_DECLARE_KERNEL(...)           \
  namespace baseline { __VA_ARGS__; }       \
  namespace x86_64_v3 { __VA_ARGS__; }      \
  namespace x86_64_v4 { __VA_ARGS__; }
// Calls a kernel in the namespace of the active instruction set.
#define XTAPE_DISPATCH(...)                                                                \
  (::xtape::kernels::active_isa() == ::xtape::kernels::Isa::x86_64_v4   ? x86_64_v4::__VA_ARGS__ \
   : ::xtape::kernels::active_isa() == ::xtape::kernels::Isa::x86_64_v3 ? x86_64_v3::__VA_ARGS__ \
                                                                        : baseline::__VA_ARGS__)
#else
#define XTAPE_DECLARE_KERNEL(...) \
  namespace baseline { __VA_ARGS__; }
#define XTAPE_DISPATCH(...) (baseline::__VA_ARGS__)
#endif
