#pragma once

// Kernels in kernels/simd are compiled once per instruction set, each time into the namespace XTAPE_ISA.
// They include no std header beyond <cstdint>, <cstddef>, <cmath> and <cstring>: weak symbols of heavier
// templates, compiled for a newer CPU, could be the ones that the linker keeps for everybody.
namespace xtape::kernels {

enum class Isa { baseline, x86_64_v3, x86_64_v4 };

// The best instruction set of this CPU that the library was built for, or the lower one that the environment variable
// XTAPE_ISA asks for: baseline, x86-64-v3, x86-64-v4, of which only the first exists on ARM. Decided once; another value
// is ignored, with a line on stderr. @throws RuntimeError if the library was built for newer CPUs only.
Isa active_isa();

}  // namespace xtape::kernels

// XTAPE_HAS_* name the instruction sets that the library was built for (CMake's XTAPE_INSTRUCTION_SETS).
#if defined(XTAPE_HAS_X86_64_V4)
#define XTAPE_IF_X86_64_V4(...) ::xtape::kernels::active_isa() == ::xtape::kernels::Isa::x86_64_v4 ? x86_64_v4::__VA_ARGS__:
#else
#define XTAPE_IF_X86_64_V4(...)
#endif
#if defined(XTAPE_HAS_X86_64_V3) && defined(XTAPE_HAS_BASELINE)
#define XTAPE_IF_X86_64_V3(...) ::xtape::kernels::active_isa() == ::xtape::kernels::Isa::x86_64_v3 ? x86_64_v3::__VA_ARGS__:
#else
#define XTAPE_IF_X86_64_V3(...)
#endif
#if defined(XTAPE_HAS_BASELINE)
#define XTAPE_LOWEST_ISA baseline
#elif defined(XTAPE_HAS_X86_64_V3)
#define XTAPE_LOWEST_ISA x86_64_v3
#else
#define XTAPE_LOWEST_ISA x86_64_v4
#endif

// Declares a kernel in the namespace of each instruction set.
#define XTAPE_DECLARE_KERNEL(...)      \
  namespace baseline { __VA_ARGS__; }  \
  namespace x86_64_v3 { __VA_ARGS__; } \
  namespace x86_64_v4 { __VA_ARGS__; }
// Calls a kernel in the namespace of the active instruction set.
#define XTAPE_DISPATCH(...) \
  (XTAPE_IF_X86_64_V4(__VA_ARGS__) XTAPE_IF_X86_64_V3(__VA_ARGS__) XTAPE_LOWEST_ISA::__VA_ARGS__)
