#pragma once

#include <cmath>
#include <cstddef>

#include "kernels/reduction/reduce.hpp"
#include "kernels/simd/copy/transpose.hpp"
#include "kernels/simd/vector.hpp"

// Combining many numbers into one: how two are combined, and what an empty set gives.
namespace xtape::kernels::XTAPE_ISA {

struct Sum {
  static constexpr double identity = 0;
  template <class V>
  static V combine(V a, V b) {
    return a + b;
  }
};

inline double where(bool condition, double a, double b) { return condition ? a : b; }

// NaN if any number is.
struct Max {
  static constexpr double identity = -HUGE_VAL;
  template <class V>
  static V combine(V a, V b) {
    return where(a > b, a, where(a == a, b, a));
  }
};

struct Min {
  static constexpr double identity = HUGE_VAL;
  template <class V>
  static V combine(V a, V b) {
    return where(a < b, a, where(a == a, b, a));
  }
};

// Calls run(op) with the one that a reduction is made of.
template <class Run>
inline void with_op(Reduction reduction, const Run& run) {
  switch (reduction) {
    case Reduction::sum:
      return run(Sum());
    case Reduction::max:
      return run(Max());
    case Reduction::min:
      return run(Min());
  }
}

// The lanes of a vector combined into one number, by halves.
#if defined(__AVX512F__) && defined(__AVX512DQ__)
template <class Op>
inline float fold(Vector<float> x) {
  x = Op::combine(x, Vector<float>(_mm512_shuffle_f32x4(x.batch, x.batch, 0x4E)));
  x = Op::combine(x, Vector<float>(_mm512_shuffle_f32x4(x.batch, x.batch, 0xB1)));
  x = Op::combine(x, Vector<float>(_mm512_permute_ps(x.batch, 0x4E)));
  x = Op::combine(x, Vector<float>(_mm512_permute_ps(x.batch, 0xB1)));
  return _mm512_cvtss_f32(x.batch);
}
template <class Op>
inline double fold(Vector<double> x) {
  x = Op::combine(x, Vector<double>(_mm512_shuffle_f64x2(x.batch, x.batch, 0x4E)));
  x = Op::combine(x, Vector<double>(_mm512_shuffle_f64x2(x.batch, x.batch, 0xB1)));
  x = Op::combine(x, Vector<double>(_mm512_permute_pd(x.batch, 0x55)));
  return _mm512_cvtsd_f64(x.batch);
}
#elif defined(__AVX2__)
template <class Op>
inline float fold(Vector<float> x) {
  x = Op::combine(x, Vector<float>(_mm256_permute2f128_ps(x.batch, x.batch, 1)));
  x = Op::combine(x, Vector<float>(_mm256_permute_ps(x.batch, 0x4E)));
  x = Op::combine(x, Vector<float>(_mm256_permute_ps(x.batch, 0xB1)));
  return _mm256_cvtss_f32(x.batch);
}
template <class Op>
inline double fold(Vector<double> x) {
  x = Op::combine(x, Vector<double>(_mm256_permute2f128_pd(x.batch, x.batch, 1)));
  x = Op::combine(x, Vector<double>(_mm256_permute_pd(x.batch, 5)));
  return _mm256_cvtsd_f64(x.batch);
}
#else
template <class Op, class T>
inline T fold(Vector<T> x) {
  T lanes[Vector<T>::lanes];
  store(lanes, x);
  for (int64_t half = Vector<T>::lanes / 2; half > 0; half /= 2)
    for (int64_t i = 0; i < half; ++i) lanes[i] = Op::combine(lanes[i], lanes[i + half]);
  return lanes[0];
}
#endif

// Lanes beyond the first `count` replaced by what does not change the result.
template <class Op, class T>
inline Vector<T> only(Vector<T> x, Part part) {
  constexpr T numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return where(load(numbers) < static_cast<double>(part.count), x, Vector<T>(Op::identity));
}
template <class Op, class T>
inline Vector<T> only(Vector<T> x, Whole) {
  return x;
}

// Combines map(at, part) over the elements [start, end) of a row, lane by lane, where map gives the vector for the
// elements from `at` on.
template <class Op, class T, class Map>
inline Vector<T> fold_lanes(int64_t start, int64_t end, const Map& map) {
  using V = Vector<T>;
  constexpr int64_t lanes = V::lanes;
  V first = Op::identity, second = first, third = first, fourth = first;
  int64_t i = start;
  for (; i + 4 * lanes <= end; i += 4 * lanes) {
    first = Op::combine(first, map(i, Whole{}));
    second = Op::combine(second, map(i + lanes, Whole{}));
    third = Op::combine(third, map(i + 2 * lanes, Whole{}));
    fourth = Op::combine(fourth, map(i + 3 * lanes, Whole{}));
  }
  for (; i + lanes <= end; i += lanes) first = Op::combine(first, map(i, Whole{}));
  if (i < end) second = Op::combine(second, only<Op>(map(i, Part{end - i}), Part{end - i}));
  return Op::combine(Op::combine(first, second), Op::combine(third, fourth));
}

// Combines map(at, part) over a row into one number.
// Sums are kept in double from block to block, so that the error does not grow with the length.
template <class Op, class T, class Map>
inline double fold_row(int64_t n, const Map& map) {
  constexpr int64_t block = 256 * Vector<T>::lanes;
  double folded = Op::identity;
  for (int64_t start = 0; start < n; start += block) {
    const int64_t end = n - start < block ? n : start + block;
    folded = Op::combine(folded, static_cast<double>(fold<Op>(fold_lanes<Op, T>(start, end, map))));
  }
  return folded;
}

// The lanes of as many rows as a vector has lanes, each row combined into one: lane i of the result is that of rows[i].
template <class Op, class T>
inline Vector<T> fold_each(Vector<T>* rows) {
  constexpr int64_t lanes = Vector<T>::lanes;
  using All = IndicesBelow<static_cast<size_t>(lanes)>;
  for (int64_t half = lanes / 2; half > 0; half /= 2) {
    for (int64_t i = 0; i < half; ++i) {
      const auto a = rows[i].batch, b = rows[i + half].batch;
      rows[i] = Op::combine(Vector<T>(interleave<0>(a, b, All())), Vector<T>(interleave<1>(a, b, All())));
    }
  }
  return rows[0];
}

}  // namespace xtape::kernels::XTAPE_ISA
