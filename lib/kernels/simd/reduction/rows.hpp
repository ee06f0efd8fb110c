#pragma once

#include "kernels/simd/reduction/fold.hpp"

namespace xtape::kernels::XTAPE_ISA {

// Calls body(at, part) for each vector of a row.
template <class T, class Body>
inline void for_row(int64_t n, const Body& body) {
  constexpr int64_t lanes = Vector<T>::lanes;
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) body(i, Whole{});
  if (i < n) body(i, Part{n - i});
}

inline double max(double a, double b) { return a > b ? a : b; }

// What is not a number may be passed over.
struct Largest {
  static constexpr double identity = -HUGE_VAL;
  template <class V>
  static V combine(V a, V b) {
    return max(a, b);
  }
};

}  // namespace xtape::kernels::XTAPE_ISA
