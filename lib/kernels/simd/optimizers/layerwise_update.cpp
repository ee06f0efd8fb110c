#include <cmath>
#include <cstdint>

#include "kernels/simd/flush_denormals.hpp"
#include "kernels/simd/optimizers/optimizer.hpp"
#include "kernels/simd/optimizers/slope.hpp"

// Steps whose size depends on sums over a whole variable: Lamb and Adafactor. Sums have lanes, so that they are
// vectors.
namespace xtape::kernels::XTAPE_ISA {
namespace {

constexpr int lanes = 16;

template <class T>
double total(const T (&sums)[lanes]) {
  double result = 0;
  for (int lane = 0; lane < lanes; ++lane) result += static_cast<double>(sums[lane]);
  return result;
}

// term(i, sums) for all i, which adds to its lane.
template <class Term>
inline void for_each_lane(int64_t n, const Term& term) {
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (int lane = 0; lane < lanes; ++lane) term(i + lane, lane);
  }
  for (; i < n; ++i) term(i, 0);
}

template <class T>
inline T lamb_change(const LambFactors<T>& f, T m, T v) {
  return f.momentum_factor * m / (std::sqrt(f.velocity_factor * v) + f.epsilon);
}

template <bool Limited, class T>
[[gnu::noinline]] SquareSums lamb_moments_loop(const LambFactors<T>& factors, int64_t n, const T* __restrict w,
                                               const T* __restrict g, T* __restrict m, T* __restrict v) {
  const LambFactors<T> f = factors;
  T values[lanes] = {}, changes[lanes] = {};
  for_each_lane(n, [&](int64_t i, int lane) {
    const T slope = slope_of<Limited>(g[i]), weight = w[i] * f.keep;
    m[i] = m[i] + f.fraction_1 * (slope - m[i]);
    v[i] = v[i] + f.fraction_2 * (slope * slope - v[i]);
    const T change = lamb_change(f, m[i], v[i]);
    values[lane] += weight * weight;
    changes[lane] += change * change;
  });
  return {total(values), total(changes)};
}

template <class T>
[[gnu::noinline]] void lamb_loop(const LambFactors<T>& factors, T rate, int64_t n, T* __restrict w,
                                 const T* __restrict m, const T* __restrict v) {
  const LambFactors<T> f = factors;
  for (int64_t i = 0; i < n; ++i) w[i] = w[i] * f.keep - rate * lamb_change(f, m[i], v[i]);
}

// Sums of squares of whole rows and columns stay finite: a lower bound than that of one square.
template <class T>
constexpr T largest_summed = static_cast<T>(sizeof(T) == 4 ? 0x1p50 : 0x1p480);
template <class T>
constexpr T smallest_velocity = static_cast<T>(sizeof(T) == 4 ? 0x1p-126 : 0x1p-1022);

template <class T>
inline T bounded_slope(T g) {
  constexpr T limit = largest_summed<T>;
  const T below = g > limit ? limit : g, inside = below < -limit ? -limit : below;
  // Of an infinite one NaN is made, so that it shows.
  return inside + (g - g);
}

template <class T>
[[gnu::noinline]] T squares_loop(const T* __restrict g, int64_t n, T* __restrict columns) {
  T sums[lanes] = {};
  for_each_lane(n, [&](int64_t i, int lane) {
    const T slope = bounded_slope(g[i]), square = slope * slope;
    columns[i] += square;
    sums[lane] += square;
  });
  return static_cast<T>(total(sums));
}

template <bool Factored, class T>
[[gnu::noinline]] SquareSums velocities_loop(const AdafactorFactors<T>& factors, T row, int64_t n,
                                             const T* __restrict columns, const T* __restrict w, const T* __restrict g,
                                             T* __restrict v) {
  const AdafactorFactors<T> f = factors;
  T values[lanes] = {}, changes[lanes] = {};
  for_each_lane(n, [&](int64_t i, int lane) {
    const T slope = bounded_slope(g[i]), weight = w[i] * f.keep;
    T velocity = Factored ? row * columns[i] : f.beta_2 * v[i] + (1 - f.beta_2) * (slope * slope + f.epsilon_1);
    // Products of small factors vanish, of which no gradient, 0, would be divided. NaN stays.
    velocity = velocity < smallest_velocity<T> ? smallest_velocity<T> : velocity;
    v[i] = velocity;
    const T square = slope * slope / velocity;
    values[lane] += weight * weight;
    changes[lane] += square;
  });
  return {total(values), total(changes)};
}

template <class T>
[[gnu::noinline]] void adafactor_loop(T keep, T rate, int64_t n, T* __restrict w, const T* __restrict g,
                                      const T* __restrict v) {
  for (int64_t i = 0; i < n; ++i) w[i] = w[i] * keep - rate * bounded_slope(g[i]) / std::sqrt(v[i]);
}

}  // namespace

template <class T>
SquareSums lamb_moments(const LambFactors<T>& f, const OptimizerVariable<T>& x) {
  const FlushDenormals flush;
  SquareSums sums{0, 0};
  T *const w = x.value, *const m = x.slots[0], *const v = x.slots[1];
  const T* const g = x.gradient;
  for_each_block(x.size, g, [&]<bool limited>(int64_t i, int64_t count, std::bool_constant<limited>) {
    const SquareSums block = lamb_moments_loop<limited>(f, count, w + i, g + i, m + i, v + i);
    sums.of_values += block.of_values;
    sums.of_changes += block.of_changes;
  });
  return sums;
}

template <class T>
void lamb_update(const LambFactors<T>& f, T rate, const OptimizerVariable<T>& x) {
  const FlushDenormals flush;
  lamb_loop(f, rate, x.size, x.value, static_cast<const T*>(x.slots[0]), static_cast<const T*>(x.slots[1]));
}

template <class T>
T adafactor_squares(const T* gradient, int64_t count, T* columns) {
  const FlushDenormals flush;
  return squares_loop(gradient, count, columns);
}

template <class T>
SquareSums adafactor_velocities(const AdafactorFactors<T>& f, T row, const T* columns, const OptimizerVariable<T>& x) {
  const FlushDenormals flush;
  const T* const w = x.value;
  return columns ? velocities_loop<true>(f, row, x.size, columns, w, x.gradient, x.slots[2])
                 : velocities_loop<false>(f, row, x.size, columns, w, x.gradient, x.slots[2]);
}

template <class T>
void adafactor_update(const AdafactorFactors<T>& f, T rate, const OptimizerVariable<T>& x) {
  const FlushDenormals flush;
  adafactor_loop(f.keep, rate, x.size, x.value, x.gradient, static_cast<const T*>(x.slots[2]));
}

#define XTAPE_INSTANTIATE_FOR(T)                                                                                  \
  template SquareSums lamb_moments(const LambFactors<T>&, const OptimizerVariable<T>&);                           \
  template void lamb_update(const LambFactors<T>&, T, const OptimizerVariable<T>&);                               \
  template T adafactor_squares(const T*, int64_t, T*);                                                            \
  template SquareSums adafactor_velocities(const AdafactorFactors<T>&, T, const T*, const OptimizerVariable<T>&); \
  template void adafactor_update(const AdafactorFactors<T>&, T, const OptimizerVariable<T>&);
XTAPE_INSTANTIATE_FOR(float)
XTAPE_INSTANTIATE_FOR(double)

}  // namespace xtape::kernels::XTAPE_ISA
