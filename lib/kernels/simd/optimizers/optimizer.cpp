#include "kernels/simd/optimizers/optimizer.hpp"

#include <cmath>
#include <cstdint>

#include "kernels/simd/flush_denormals.hpp"
#include "kernels/simd/optimizers/slope.hpp"

// Plain loops without branches that differ between elements: the compiler turns them into vectors. Moving averages of
// weights without gradient sink below the normal range and would stay there (0.9 times the smallest number rounds to
// itself), so that they are flushed to zero; for good, the loops are not inlined into where that is switched on.
namespace xtape::kernels::XTAPE_ISA {
namespace {

template <bool Momentum, bool Nesterov, class T>
[[gnu::noinline]] void sgd_loop(const SgdFactors<T>& factors, int64_t n, T* __restrict w, const T* __restrict g,
                                T* __restrict m) {
  const SgdFactors<T> f = factors;
  for (int64_t i = 0; i < n; ++i) {
    const T descent = -f.rate * g[i];
    T change = descent;
    if constexpr (Momentum) {
      m[i] = f.momentum * m[i] + descent;
      change = Nesterov ? f.momentum * m[i] + descent : m[i];
    }
    w[i] = w[i] * f.keep + change;
  }
}

template <bool Largest, class T>
[[gnu::noinline]] void adam_loop(const AdamFactors<T>& factors, int64_t n, T* __restrict w, const T* __restrict g,
                                 T* __restrict m, T* __restrict v, T* __restrict largest) {
  const AdamFactors<T> f = factors;
  for (int64_t i = 0; i < n; ++i) {
    const T slope = slope_of(g[i]);
    m[i] = m[i] + f.fraction_1 * (slope - m[i]);
    v[i] = v[i] + f.fraction_2 * (slope * slope - v[i]);
    T square = v[i];
    if constexpr (Largest) square = largest[i] = largest[i] > square ? largest[i] : square;
    w[i] = w[i] * f.keep - f.rate * m[i] / (std::sqrt(square) + f.epsilon);
  }
}

template <bool Momentum, bool Centered, class T>
[[gnu::noinline]] void rmsprop_loop(const RmspropFactors<T>& factors, int64_t n, T* __restrict w, const T* __restrict g,
                                    T* __restrict v, T* __restrict m, T* __restrict a) {
  const RmspropFactors<T> f = factors;
  for (int64_t i = 0; i < n; ++i) {
    const T slope = slope_of(g[i]);
    v[i] = f.rho * v[i] + (1 - f.rho) * slope * slope;
    T square = v[i];
    if constexpr (Centered) {
      a[i] = f.rho * a[i] + (1 - f.rho) * slope;
      // The variance of equal gradients is 0; rounding may leave less, of which there is no root. NaN stays.
      square -= a[i] * a[i];
      square = square < 0 ? 0 : square;
    }
    T change = f.rate * slope / std::sqrt(square + f.epsilon);
    if constexpr (Momentum) change = m[i] = f.momentum * m[i] + change;
    w[i] = w[i] * f.keep - change;
  }
}

}  // namespace

template <class T>
void outer_product(const T* column, const T* row, int64_t columns, int64_t begin, int64_t count, T* __restrict to) {
  int64_t i = begin / columns, j = begin % columns;
  while (count > 0) {
    const int64_t length = columns - j < count ? columns - j : count;
    const T element = column[i++];
    const T* const from = row + j;
    for (int64_t k = 0; k < length; ++k) to[k] = element * from[k] + T(0);
    to += length;
    count -= length;
    j = 0;
  }
}

template <class T>
void sgd_update(const SgdFactors<T>& f, const OptimizerVariable<T>& x) {
  const FlushDenormals flush;
  const int64_t n = x.size;
  T *const w = x.value, *const m = x.slots[0];
  const T* const g = x.gradient;
  if (m == nullptr) return sgd_loop<false, false>(f, n, w, g, m);
  return f.nesterov ? sgd_loop<true, true>(f, n, w, g, m) : sgd_loop<true, false>(f, n, w, g, m);
}

template <class T>
void adam_update(const AdamFactors<T>& f, const OptimizerVariable<T>& x) {
  const FlushDenormals flush;
  T *const w = x.value, *const m = x.slots[0], *const v = x.slots[1], *const largest = x.slots[2];
  const T* const g = x.gradient;
  return largest ? adam_loop<true>(f, x.size, w, g, m, v, largest) : adam_loop<false>(f, x.size, w, g, m, v, largest);
}

template <class T>
void rmsprop_update(const RmspropFactors<T>& f, const OptimizerVariable<T>& x) {
  const FlushDenormals flush;
  const int64_t n = x.size;
  T *const w = x.value, *const v = x.slots[0], *const m = x.slots[1], *const a = x.slots[2];
  const T* const g = x.gradient;
  if (a == nullptr)
    return m ? rmsprop_loop<true, false>(f, n, w, g, v, m, a) : rmsprop_loop<false, false>(f, n, w, g, v, m, a);
  return m ? rmsprop_loop<true, true>(f, n, w, g, v, m, a) : rmsprop_loop<false, true>(f, n, w, g, v, m, a);
}

#define XTAPE_INSTANTIATE(T)                                                      \
  template void outer_product(const T*, const T*, int64_t, int64_t, int64_t, T*); \
  template void sgd_update(const SgdFactors<T>&, const OptimizerVariable<T>&);    \
  template void adam_update(const AdamFactors<T>&, const OptimizerVariable<T>&);  \
  template void rmsprop_update(const RmspropFactors<T>&, const OptimizerVariable<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)

}  // namespace xtape::kernels::XTAPE_ISA
