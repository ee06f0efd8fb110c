#pragma once

#include <cstdint>

// Included by kernels only: everything is in an anonymous namespace, once per instruction set.
namespace xtape::kernels {
namespace {

// The register that says how this thread computes with floating-point numbers, and its bits that make numbers below the
// normal range zero, as arguments and as results.
struct FloatControl {
#if defined(__SSE2__)
  static constexpr uint64_t flush = 0x8040;
  static uint64_t get() { return __builtin_ia32_stmxcsr(); }
  static void set(uint64_t value) { __builtin_ia32_ldmxcsr(static_cast<unsigned>(value)); }
#elif defined(__aarch64__)
  static constexpr uint64_t flush = uint64_t{1} << 24;
  static uint64_t get() {
    uint64_t value;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void set(uint64_t value) { asm volatile("msr fpcr, %0" : : "r"(value) : "memory"); }
#else
  static constexpr uint64_t flush = 0;
  static uint64_t get() { return 0; }
  static void set(uint64_t) {}
#endif
};

// While it lives, this thread takes numbers below the normal range, and results that fall below it, for zero: each of
// them may cost a hundred times as much as others.
class FlushDenormals {
 public:
  FlushDenormals() : before_(FloatControl::get()) { FloatControl::set(before_ | FloatControl::flush); }
  ~FlushDenormals() { FloatControl::set(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  uint64_t before_;
};

}  // namespace
}  // namespace xtape::kernels
