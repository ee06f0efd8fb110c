#pragma once

#include "kernels/simd/fold.hpp"

namespace xtape::kernels::XTAPE_ISA {

// Calls body(at, part) for each vector of a row.
template <class T, class Body>
inline void for_row(int64_t n, const Body& body) {
  constexpr int64_t lanes = Vector<T>::lanes;
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) body(i, Whole{});
  if (i < n) body(i, Part{n - i});
}

template <class T>
inline T row_max(const T* x, int64_t n) {
  return static_cast<T>(fold_row<Max, T>(n, [&](int64_t at, auto part) { return load(x + at, part); }));
}

}  // namespace xtape::kernels::XTAPE_ISA
