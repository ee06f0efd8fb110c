#pragma once

#include "formulas/functions.hpp"
#include "kernels/simd/elementwise/elementwise.hpp"
#include "kernels/simd/vector.hpp"

namespace xtape::kernels::XTAPE_ISA {

// Whether so many elements are worth fetching ahead: more than the L1 cache holds.
template <class T>
inline bool worth_fetching(int64_t n) {
  return n * static_cast<int64_t>(sizeof(T)) > 1 << 15;
}

// Asks for what comes 2 KB later. Where a function takes about as long as the memory, the processor sees too few loads
// ahead to have both at work.
template <class T>
inline void fetch_ahead(const T* from) {
  __builtin_prefetch(reinterpret_cast<const char*>(from) + 2048);
}

template <class Formula, class T>
void unary(const Formula& formula, const T* x, T* y, int64_t n) {
  using V = Vector<T>;
  const Formula f = formula;
  const bool fetches = worth_fetching<T>(n);
  int64_t i = 0;
  for (; i + V::lanes <= n; i += V::lanes) {
    if (fetches) fetch_ahead(x + i);
    store(y + i, f.value(load(x + i)));
  }
  if (i < n) store_partial(y + i, f.value(load_partial(x + i, n - i)), n - i);
}

template <class Formula, class T>
void unary_vjp(const Formula& formula, const T* g, const T* x, const T* y, T* out, int64_t n) {
  using V = Vector<T>;
  constexpr bool reads_x = formulas::saves_input(Formula::saves);
  constexpr bool reads_y = formulas::saves_output(Formula::saves);
  const Formula f = formula;
  const bool fetches = worth_fetching<T>(n);
  const V unread = 0;
  int64_t i = 0;
  for (; i + V::lanes <= n; i += V::lanes) {
    if (fetches) fetch_ahead(g + i);
    if (fetches && reads_x) fetch_ahead(x + i);
    if (fetches && reads_y) fetch_ahead(y + i);
    const V xi = reads_x ? load(x + i) : unread;
    const V yi = reads_y ? load(y + i) : unread;
    store(out + i, f.vjp(load(g + i), xi, yi));
  }
  if (i < n) {
    const V xi = reads_x ? load_partial(x + i, n - i) : unread;
    const V yi = reads_y ? load_partial(y + i, n - i) : unread;
    store_partial(out + i, f.vjp(load_partial(g + i, n - i), xi, yi), n - i);
  }
}

template <class Formula, class T>
void unary_dual(const Formula& formula, const T* x, const T* dx, T* y, T* dy, int64_t n) {
  using V = Vector<T>;
  const Formula f = formula;
  const bool fetches = worth_fetching<T>(n);
  const auto at = [=](int64_t i, auto part) {
    const V xi = load(x + i, part), yi = f.value(xi);
    store(y + i, yi, part);
    store(dy + i, f.vjp(load(dx + i, part), xi, yi), part);
  };
  int64_t i = 0;
  for (; i + V::lanes <= n; i += V::lanes) {
    if (fetches) fetch_ahead(x + i), fetch_ahead(dx + i);
    at(i, Whole{});
  }
  if (i < n) at(i, Part{n - i});
}

}  // namespace xtape::kernels::XTAPE_ISA

#define XTAPE_INSTANTIATE_UNARY_FOR(Formula, T)                                                                     \
  template void xtape::kernels::XTAPE_ISA::unary(const xtape::formulas::Formula&, const T*, T*, int64_t);           \
  template void xtape::kernels::XTAPE_ISA::unary_vjp(const xtape::formulas::Formula&, const T*, const T*, const T*, \
                                                     T*, int64_t);
#define XTAPE_INSTANTIATE_UNARY(Formula)      \
  XTAPE_INSTANTIATE_UNARY_FOR(Formula, float) \
  XTAPE_INSTANTIATE_UNARY_FOR(Formula, double)

// For a formula with one_pass.
#define XTAPE_INSTANTIATE_DUAL_FOR(Formula, T)                                                                     \
  template void xtape::kernels::XTAPE_ISA::unary_dual(const xtape::formulas::Formula&, const T*, const T*, T*, T*, \
                                                      int64_t);
#define XTAPE_INSTANTIATE_DUAL(Formula)      \
  XTAPE_INSTANTIATE_DUAL_FOR(Formula, float) \
  XTAPE_INSTANTIATE_DUAL_FOR(Formula, double)
