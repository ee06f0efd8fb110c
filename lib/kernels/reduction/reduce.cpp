#include "kernels/reduction/reduce.hpp"

#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "kernels/support/chunks.hpp"
#include "kernels/simd/reduction/reduce.hpp"

namespace xtape::kernels {
namespace {

constexpr int64_t grain = 1 << 15;

template <class T>
constexpr T identity(Fold op) {
  using limits = std::numeric_limits<T>;
  switch (op) {
    case Fold::product:
      return T(1);
    case Fold::max:
      return limits::has_infinity ? -limits::infinity() : limits::lowest();
    case Fold::min:
      return limits::has_infinity ? limits::infinity() : limits::max();
    default:
      return T(0);
  }
}

// How partial results are combined.
Fold combining(Fold op) { return op == Fold::squared_deviations || op == Fold::exponentials ? Fold::sum : op; }

template <class T>
void fold_one_row(Fold op, const T* x, const T* center, T* y, int64_t n) {
  const int64_t chunks = chunk_count(n, 1, grain);
  if (chunks == 1) {
    XTAPE_DISPATCH(fold_rows(op, x, center, y, 1, n));
    return;
  }
  std::vector<T> partial(static_cast<size_t>(chunks));
  for_each_chunk(n, chunks, [&](int64_t chunk, int64_t begin, int64_t end) {
    XTAPE_DISPATCH(fold_rows(op, x + begin, center, &partial[chunk], 1, end - begin));
  });
  XTAPE_DISPATCH(fold_rows<T>(combining(op), partial.data(), nullptr, y, 1, chunks));
}

template <class T>
void fold_one_matrix(Fold op, const T* x, const T* center, T* y, int64_t rows, int64_t columns) {
  const int64_t chunks = chunk_count(rows, columns, grain);
  if (chunks == 1) {
    XTAPE_DISPATCH(fold_columns(op, x, center, y, rows, columns));
    return;
  }
  std::vector<T> partial(static_cast<size_t>(chunks * columns));
  for_each_chunk(rows, chunks, [&](int64_t chunk, int64_t begin, int64_t end) {
    XTAPE_DISPATCH(
        fold_columns(op, x + begin * columns, center, partial.data() + chunk * columns, end - begin, columns));
  });
  XTAPE_DISPATCH(fold_columns<T>(combining(op), partial.data(), nullptr, y, chunks, columns));
}

template <class T>
void fold(Fold op, const T* x, const T* center, T* y, int64_t outer, int64_t reduced, int64_t inner) {
  if (reduced == 0) {
    std::fill(y, y + outer * inner, identity<T>(op));
    return;
  }
  if (outer * inner == 0) return;
  const int64_t size = reduced * inner;
  const auto center_of = [&](int64_t index) { return center ? center + index * inner : nullptr; };
  if (outer < get_num_threads() && size >= 2 * grain) {
    for (int64_t index = 0; index < outer; ++index) {
      if (inner == 1)
        fold_one_row(op, x + index * size, center_of(index), y + index, reduced);
      else
        fold_one_matrix(op, x + index * size, center_of(index), y + index * inner, reduced, inner);
    }
    return;
  }
  core::parallel_for(outer, std::max<int64_t>(1, grain / size), [&](int64_t begin, int64_t end) {
    if (inner == 1) {
      XTAPE_DISPATCH(fold_rows(op, x + begin * size, center_of(begin), y + begin, end - begin, reduced));
    } else {
      for (int64_t index = begin; index < end; ++index)
        XTAPE_DISPATCH(fold_columns(op, x + index * size, center_of(index), y + index * inner, reduced, inner));
    }
  });
}

// Integers: plain loops.
template <class T>
T combine(Fold op, T a, T b) {
  switch (op) {
    case Fold::product:
      if constexpr (std::is_same_v<T, bool>)
        return a && b;
      else
        return static_cast<T>(a * b);
    case Fold::max:
      return std::max(a, b);
    case Fold::min:
      return std::min(a, b);
    default:
      return static_cast<T>(a + b);
  }
}

template <class T>
void fold_integers(Fold op, const T* x, T* y, int64_t outer, int64_t reduced, int64_t inner) {
  const int64_t size = reduced * inner;
  core::parallel_for(outer, std::max<int64_t>(1, grain / std::max<int64_t>(size, 1)), [&](int64_t begin, int64_t end) {
    for (int64_t index = begin; index < end; ++index) {
      T* to = y + index * inner;
      std::fill(to, to + inner, identity<T>(op));
      for (int64_t row = 0; row < reduced; ++row)
        for (int64_t column = 0; column < inner; ++column)
          to[column] = combine(op, to[column], x[index * size + row * inner + column]);
    }
  });
}

Fold fold_of(Reduction op) {
  switch (op) {
    case Reduction::prod:
      return Fold::product;
    case Reduction::max:
      return Fold::max;
    case Reduction::min:
      return Fold::min;
    default:
      return Fold::sum;
  }
}

}  // namespace

template <class T>
void reduce(Reduction op, const T* x, T* y, int64_t outer, int64_t reduced, int64_t inner) {
  if constexpr (std::is_floating_point_v<T>) {
    fold<T>(fold_of(op), x, nullptr, y, outer, reduced, inner);
    if (op == Reduction::mean)
      for (int64_t i = 0; i < outer * inner; ++i) y[i] /= static_cast<T>(reduced);
  } else {
    fold_integers(fold_of(op), x, y, outer, reduced, inner);
  }
}

template <class T>
void variance(const T* x, T* mean, T* variance, int64_t outer, int64_t reduced, int64_t inner, int64_t ddof) {
  reduce(Reduction::mean, x, mean, outer, reduced, inner);
  fold<T>(Fold::squared_deviations, x, mean, variance, outer, reduced, inner);
  for (int64_t i = 0; i < outer * inner; ++i) variance[i] /= static_cast<T>(std::max<int64_t>(reduced - ddof, 0));
}

template <class T>
void logsumexp(const T* x, T* y, int64_t outer, int64_t reduced, int64_t inner) {
  const int64_t count = outer * inner;
  reduce(Reduction::max, x, y, outer, reduced, inner);
  std::vector<T> center(y, y + count);
  for (T& value : center)
    if (std::isinf(value)) value = 0;  // infinity - infinity would be NaN
  fold(Fold::exponentials, x, center.data(), y, outer, reduced, inner);
  for (int64_t i = 0; i < count; ++i) y[i] = std::log(y[i]) + center[i];
}

#define XTAPE_INSTANTIATE_FLOATING(T)                                           \
  template void reduce(Reduction, const T*, T*, int64_t, int64_t, int64_t);     \
  template void variance(const T*, T*, T*, int64_t, int64_t, int64_t, int64_t); \
  template void logsumexp(const T*, T*, int64_t, int64_t, int64_t);
XTAPE_INSTANTIATE_FLOATING(float)
XTAPE_INSTANTIATE_FLOATING(double)
template void reduce(Reduction, const int64_t*, int64_t*, int64_t, int64_t, int64_t);
template void reduce(Reduction, const int32_t*, int32_t*, int64_t, int64_t, int64_t);
template void reduce(Reduction, const uint8_t*, uint8_t*, int64_t, int64_t, int64_t);
template void reduce(Reduction, const bool*, bool*, int64_t, int64_t, int64_t);

}  // namespace xtape::kernels
