#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernels/simd/flush_denormals.hpp"
#include "kernels/simd/optimizers/optimizer.hpp"
#include "kernels/simd/optimizers/slope.hpp"

// Steps whose size depends on sums over a whole variable: Lamb and Adafactor. What is summed goes to a buffer first, so
// that the loops around formulas are plain ones, which become vectors, and one function sums.
namespace xtape::kernels::XTAPE_ISA {
namespace {

// Elements that stay in the first-level cache.
constexpr int64_t buffer_size = 1024;

template <class T>
[[gnu::noinline]] double sum_of_squares(const T* x, int64_t n) {
  constexpr int64_t lanes = 64 / sizeof(T), chains = 4;
  typedef T Lanes __attribute__((vector_size(64)));
  Lanes sums[chains] = {};
  int64_t i = 0;
  for (; i + chains * lanes <= n; i += chains * lanes) {
    for (int64_t chain = 0; chain < chains; ++chain) {
      Lanes next;
      std::memcpy(&next, x + i + chain * lanes, sizeof(next));
      sums[chain] += next * next;
    }
  }
  const Lanes all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  T lane[lanes];
  std::memcpy(lane, &all, sizeof(all));
  for (int64_t half = lanes / 2; half > 0; half /= 2) {
    for (int64_t k = 0; k < half; ++k) lane[k] += lane[k + half];
  }
  T rest = 0;
  for (; i < n; ++i) rest += x[i] * x[i];
  return static_cast<double>(lane[0]) + static_cast<double>(rest);
}

// Calls body(begin, count) for parts that fit the buffer.
template <class Body>
void for_each_buffer(int64_t n, const Body& body) {
  for (int64_t begin = 0; begin < n; begin += buffer_size) {
    body(begin, n - begin < buffer_size ? n - begin : buffer_size);
  }
}

template <class T>
inline T lamb_change(const LambFactors<T>& f, T m, T v) {
  return f.momentum_factor * m / (std::sqrt(f.velocity_factor * v) + f.epsilon);
}

template <class T>
[[gnu::noinline]] void lamb_moments_loop(const LambFactors<T>& factors, int64_t n, const T* __restrict g,
                                         T* __restrict m, T* __restrict v, T* __restrict changes) {
  const LambFactors<T> f = factors;
  for (int64_t i = 0; i < n; ++i) {
    const T slope = slope_of(g[i]);
    m[i] = m[i] + f.fraction_1 * (slope - m[i]);
    v[i] = v[i] + f.fraction_2 * (slope * slope - v[i]);
    changes[i] = lamb_change(f, m[i], v[i]);
  }
}

template <class T>
[[gnu::noinline]] void lamb_loop(const LambFactors<T>& factors, T rate, int64_t n, T* __restrict w,
                                 const T* __restrict m, const T* __restrict v) {
  const LambFactors<T> f = factors;
  for (int64_t i = 0; i < n; ++i) w[i] = w[i] * f.keep - rate * lamb_change(f, m[i], v[i]);
}

// Sums of squares of whole rows and columns stay finite: a lower bound than that of one square.
template <class T>
inline T bounded_slope(T gradient) {
  return within(static_cast<T>(sizeof(T) == 4 ? 0x1p50 : 0x1p480), gradient);
}

// Products of small factors vanish, of which no gradient, 0, would be divided. NaN stays.
template <class T>
inline T velocity_of(T v) {
  constexpr T smallest = static_cast<T>(sizeof(T) == 4 ? 0x1p-126 : 0x1p-1022);
  return v < smallest ? smallest : v;
}

template <class T>
[[gnu::noinline]] void squares_loop(const T* __restrict g, int64_t n, T* __restrict columns, T* __restrict slopes) {
  for (int64_t i = 0; i < n; ++i) {
    const T slope = bounded_slope(g[i]);
    slopes[i] = slope;
    columns[i] += slope * slope;
  }
}

template <class T>
[[gnu::noinline]] void row_loop(T row, T root, int64_t n, const T* __restrict columns, const T* __restrict roots,
                                const T* __restrict g, T* __restrict v, T* __restrict changes) {
  for (int64_t i = 0; i < n; ++i) {
    v[i] = velocity_of(row * columns[i]);
    changes[i] = bounded_slope(g[i]) * (root * roots[i]);
  }
}

template <class T>
[[gnu::noinline]] void velocities_loop(const AdafactorFactors<T>& factors, int64_t n, const T* __restrict g,
                                       T* __restrict v, T* __restrict changes) {
  const AdafactorFactors<T> f = factors;
  for (int64_t i = 0; i < n; ++i) {
    const T slope = bounded_slope(g[i]);
    v[i] = velocity_of(f.beta_2 * v[i] + (1 - f.beta_2) * (slope * slope + f.epsilon_1));
    changes[i] = slope / std::sqrt(v[i]);
  }
}

template <class T>
[[gnu::noinline]] void row_update_loop(T keep, T rate, int64_t n, const T* __restrict roots, T* __restrict w,
                                       const T* __restrict g) {
  for (int64_t i = 0; i < n; ++i) w[i] = w[i] * keep - rate * (roots[i] * bounded_slope(g[i]));
}

template <class T>
[[gnu::noinline]] void update_loop(T keep, T rate, int64_t n, T* __restrict w, const T* __restrict g,
                                   const T* __restrict v) {
  for (int64_t i = 0; i < n; ++i) w[i] = w[i] * keep - rate * bounded_slope(g[i]) / std::sqrt(v[i]);
}

// The squares of decayed weights.
template <class T>
double sum_of_values(T keep, const T* w, int64_t n) {
  return static_cast<double>(keep) * static_cast<double>(keep) * sum_of_squares(w, n);
}

}  // namespace

template <class T>
SquareSums lamb_moments(const LambFactors<T>& f, const OptimizerVariable<T>& x) {
  const FlushDenormals flush;
  SquareSums sums{sum_of_values(f.keep, static_cast<const T*>(x.value), x.size), 0};
  T *const m = x.slots[0], *const v = x.slots[1];
  const T* const g = x.gradient;
  T changes[buffer_size];
  for_each_buffer(x.size, [&](int64_t i, int64_t count) {
    lamb_moments_loop(f, count, g + i, m + i, v + i, changes);
    sums.of_changes += sum_of_squares(changes, count);
  });
  return sums;
}

template <class T>
void lamb_update(const LambFactors<T>& f, T rate, const OptimizerVariable<T>& x) {
  const FlushDenormals flush;
  lamb_loop(f, rate, x.size, x.value, static_cast<const T*>(x.slots[0]), static_cast<const T*>(x.slots[1]));
}

template <class T>
void adafactor_squares(const T* gradient, int64_t rows, int64_t columns, T* row_sums, T* column_sums) {
  const FlushDenormals flush;
  T slopes[buffer_size];
  for (int64_t k = 0; k < rows; ++k) {
    double sum = 0;
    for_each_buffer(columns, [&](int64_t i, int64_t count) {
      squares_loop(gradient + k * columns + i, count, column_sums + i, slopes);
      sum += sum_of_squares(slopes, count);
    });
    row_sums[k] = static_cast<T>(sum);
  }
}

template <class T>
SquareSums adafactor_velocities(const AdafactorFactors<T>& f, const AdafactorRows<T>& rows,
                                const OptimizerVariable<T>& x) {
  const FlushDenormals flush;
  SquareSums sums{sum_of_values(f.keep, static_cast<const T*>(x.value), x.size), 0};
  const T* const g = x.gradient;
  T* const v = x.slots[2];
  T changes[buffer_size];
  if (rows.columns == 0) {
    for_each_buffer(x.size, [&](int64_t i, int64_t count) {
      velocities_loop(f, count, g + i, v + i, changes);
      sums.of_changes += sum_of_squares(changes, count);
    });
    return sums;
  }
  int64_t used = 0;
  const auto add = [&] {
    sums.of_changes += sum_of_squares(changes, used);
    used = 0;
  };
  for (int64_t k = 0; k * rows.columns < x.size; ++k) {
    for_each_buffer(rows.columns, [&](int64_t i, int64_t count) {
      if (used + count > buffer_size) add();
      const int64_t at = k * rows.columns + i;
      row_loop(rows.row[k], rows.row_root[k], count, rows.column + i, rows.column_root + i, g + at, v + at,
               changes + used);
      used += count;
    });
  }
  add();
  return sums;
}

template <class T>
void adafactor_update(const AdafactorFactors<T>& f, T rate, const AdafactorRows<T>& rows,
                      const OptimizerVariable<T>& x) {
  const FlushDenormals flush;
  T* const w = x.value;
  const T *const g = x.gradient, *const v = x.slots[2];
  if (rows.columns == 0) return update_loop(f.keep, rate, x.size, w, g, v);
  for (int64_t k = 0, i = 0; i < x.size; ++k, i += rows.columns) {
    row_update_loop(f.keep, rate * rows.row_root[k], rows.columns, rows.column_root, w + i, g + i);
  }
}

#define XTAPE_INSTANTIATE_FOR(T)                                                                \
  template SquareSums lamb_moments(const LambFactors<T>&, const OptimizerVariable<T>&);         \
  template void lamb_update(const LambFactors<T>&, T, const OptimizerVariable<T>&);             \
  template void adafactor_squares(const T*, int64_t, int64_t, T*, T*);                          \
  template SquareSums adafactor_velocities(const AdafactorFactors<T>&, const AdafactorRows<T>&, \
                                           const OptimizerVariable<T>&);                        \
  template void adafactor_update(const AdafactorFactors<T>&, T, const AdafactorRows<T>&, const OptimizerVariable<T>&);
XTAPE_INSTANTIATE_FOR(float)
XTAPE_INSTANTIATE_FOR(double)

}  // namespace xtape::kernels::XTAPE_ISA
