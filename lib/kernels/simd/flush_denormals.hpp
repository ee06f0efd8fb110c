#pragma once

namespace xtape::kernels::XTAPE_ISA {

// While it lives, numbers too small for the normal range count as zero on this thread. Moving averages of weights
// without gradient sink there and would stay (0.9 times the smallest number rounds to itself), at many times the cost
// of an operation. Elsewhere than on x86 such numbers cost nothing, and it does nothing.
class FlushDenormals {
#if defined(__SSE__)
 public:
  FlushDenormals() : before_(__builtin_ia32_stmxcsr()) {
    __builtin_ia32_ldmxcsr(before_ | flush_results | inputs_are_zero);
  }
  ~FlushDenormals() { __builtin_ia32_ldmxcsr(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  static constexpr unsigned flush_results = 1u << 15;
  static constexpr unsigned inputs_are_zero = 1u << 6;

  unsigned before_;
#else
 public:
  FlushDenormals() {}
#endif
};

}  // namespace xtape::kernels::XTAPE_ISA
