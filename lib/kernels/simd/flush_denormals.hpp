#pragma once

// Included by kernels only: everything is in an anonymous namespace, once per instruction set.
namespace xtape::kernels {
namespace {

// While it lives, this thread takes numbers below the normal range, and results that fall below it, for zero: on x86,
// each of them would cost a hundred times as much as others. Elsewhere it does nothing.
class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : before_(__builtin_ia32_stmxcsr()) {
    __builtin_ia32_ldmxcsr(before_ | flush_to_zero | denormals_are_zero);
  }
  ~FlushDenormals() { __builtin_ia32_ldmxcsr(before_); }

 private:
  static constexpr unsigned flush_to_zero = 0x8000, denormals_are_zero = 0x40;
  unsigned before_;
#else
  FlushDenormals() {}
  ~FlushDenormals() {}
#endif
};

}  // namespace
}  // namespace xtape::kernels
