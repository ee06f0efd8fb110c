#include "kernels/normalization/normalization.hpp"

#include <cmath>
#include <vector>

#include "kernels/reduction/reduce.hpp"
#include "kernels/simd/normalization/normalization.hpp"
#include "kernels/simd/reduction/reduce.hpp"
#include "kernels/support/chunks.hpp"

namespace xtape::kernels {
namespace {

constexpr int64_t grain = 1 << 14;

// Calls body(begin, end) for ranges of rows.
template <class Body>
void for_rows(int64_t rows, int64_t columns, const Body& body) {
  if (columns > 0) core::parallel_for(rows, std::max<int64_t>(1, grain / columns), body);
}

// Calls body(begin, end, first, second) for ranges of rows, where first and second [columns] take sums over the rows,
// and adds these up in `first` and `second`.
template <class T, class Body>
void sum_over_rows(int64_t rows, int64_t columns, T* first, T* second, const Body& body) {
  const int64_t chunks = chunk_count(rows, columns, grain);
  if (chunks == 1) return body(int64_t{0}, rows, first, second);
  std::vector<T> partial(static_cast<size_t>(2 * chunks * columns));
  T* seconds = partial.data() + chunks * columns;
  for_each_chunk(rows, chunks, [&](int64_t chunk, int64_t begin, int64_t end) {
    body(begin, end, partial.data() + chunk * columns, seconds + chunk * columns);
  });
  reduce<T>(Reduction::sum, partial.data(), first, {1, chunks, columns});
  reduce<T>(Reduction::sum, seconds, second, {1, chunks, columns});
}

// Mean and sum of squared deviations of the columns of some rows.
template <class T>
struct Moments {
  explicit Moments(int64_t columns) : mean(static_cast<size_t>(columns)), squares(mean.size()) {}

  // Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample variances.
  void merge(const Moments& other) {
    if (count == 0) {  // or the square of a very large mean would be infinite, times 0
      *this = other;
      return;
    }
    const T total = static_cast<T>(count + other.count);
    const T weight = static_cast<T>(other.count) / total, both = static_cast<T>(count) * weight;
    for (size_t i = 0; i < mean.size(); ++i) {
      const T delta = other.mean[i] - mean[i];
      mean[i] += delta * weight;
      squares[i] += other.squares[i] + delta * delta * both;
    }
    count += other.count;
  }

  std::vector<T> mean, squares;
  int64_t count = 0;
};

// Blocks that fit the first level cache are read twice from there: for their mean, and for the deviations from it. The
// deviations' own mean is what rounding took from the first one: much, far from zero, and all there is of a constant.
template <class T>
Moments<T> moments_of(const T* x, int64_t rows, int64_t columns) {
  Moments<T> moments(columns), part(columns);
  std::vector<T> sums(part.mean.size());
  const int64_t block = std::max<int64_t>(16, 24 * 1024 / static_cast<int64_t>(sizeof(T)) / columns);
  for (int64_t row = 0; row < rows; row += block) {
    part.count = std::min(block, rows - row);
    const T* from = x + row * columns;
    XTAPE_DISPATCH(reduce_columns(Reduction::sum, from, part.mean.data(), part.count, columns));
    for (T& mean : part.mean) mean /= static_cast<T>(part.count);
    XTAPE_DISPATCH(column_deviations<T>(from, part.mean.data(), sums.data(), part.squares.data(), part.count, columns));
    bool finite = true;
    for (size_t i = 0; i < sums.size(); ++i) {
      const T rest = sums[i] / static_cast<T>(part.count), square = part.squares[i] - rest * sums[i];
      part.mean[i] += rest;
      part.squares[i] = square < 0 ? T(0) : square;  // NaN stays NaN
      finite &= std::isfinite(square);
    }
    // The rest of a very large mean has a square that overflows.
    if (!finite)
      XTAPE_DISPATCH(
          column_deviations<T>(from, part.mean.data(), sums.data(), part.squares.data(), part.count, columns));
    moments.merge(part);
  }
  return moments;
}

}  // namespace

template <class T>
void layer_norm(const LayerNorm<T>& norm) {
  for_rows(norm.rows, norm.columns, [&](int64_t begin, int64_t end) {
    LayerNorm<T> part = norm;
    part.rows = end - begin;
    part.x += begin * norm.columns;
    part.y += begin * norm.columns;
    part.mean += begin;
    part.rstd += begin;
    XTAPE_DISPATCH(layer_norm(part));
  });
}

template <class T>
void layer_norm_vjp(const LayerNormVjp<T>& norm) {
  sum_over_rows(norm.rows, norm.columns, norm.dgamma, norm.dbeta,
                [&](int64_t begin, int64_t end, T* gamma_sums, T* beta_sums) {
                  LayerNormVjp<T> part = norm;
                  part.rows = end - begin;
                  part.g += begin * norm.columns;
                  part.x += begin * norm.columns;
                  part.dx += begin * norm.columns;
                  part.mean += begin;
                  part.rstd += begin;
                  part.dgamma = gamma_sums;
                  part.dbeta = beta_sums;
                  XTAPE_DISPATCH(layer_norm_vjp(part));
                });
}

template <class T>
void layer_norm_jvp(const LayerNormJvp<T>& norm) {
  for_rows(norm.rows, norm.columns, [&](int64_t begin, int64_t end) {
    LayerNormJvp<T> part = norm;
    part.rows = end - begin;
    part.dx += begin * norm.columns;
    part.x += begin * norm.columns;
    part.dy += begin * norm.columns;
    part.mean += begin;
    part.rstd += begin;
    XTAPE_DISPATCH(layer_norm_jvp(part));
  });
}

template <class T>
void batch_statistics(const T* x, T* mean, T* variance, int64_t rows, int64_t columns) {
  if (columns == 0) return;
  const int64_t chunks = chunk_count(rows, columns, grain);
  std::vector<Moments<T>> parts(static_cast<size_t>(chunks), Moments<T>(0));
  for_each_chunk(rows, chunks, [&](int64_t chunk, int64_t begin, int64_t end) {
    parts[chunk] = moments_of(x + begin * columns, end - begin, columns);
  });
  for (int64_t chunk = 1; chunk < chunks; ++chunk) parts[0].merge(parts[chunk]);
  for (int64_t column = 0; column < columns; ++column) {
    mean[column] = parts[0].mean[column];
    variance[column] = parts[0].squares[column] / static_cast<T>(rows);
  }
}

template <class T>
void batch_norm(const BatchNorm<T>& norm, Activation activation) {
  with_formula(activation, [&]<class Formula>(const Formula&) {
    for_rows(norm.rows, norm.columns, [&](int64_t begin, int64_t end) {
      BatchNorm<T> part = norm;
      part.rows = end - begin;
      part.x += begin * norm.columns;
      part.y += begin * norm.columns;
      XTAPE_DISPATCH(batch_norm<Formula>(part));
    });
  });
}

namespace {

// Some rows of a gradient.
template <class T>
BatchNormVjp<T> part_of(const BatchNormVjp<T>& norm, int64_t begin, int64_t end) {
  BatchNormVjp<T> part = norm;
  part.rows = end - begin;
  part.g += begin * norm.columns;
  part.x += begin * norm.columns;
  if (part.dx) part.dx += begin * norm.columns;
  return part;
}

template <class Formula, class T>
void batch_norm_sums(const BatchNormVjp<T>& norm) {
  sum_over_rows(norm.rows, norm.columns, norm.dgamma, norm.dbeta,
                [&](int64_t begin, int64_t end, T* gamma_sums, T* beta_sums) {
                  BatchNormVjp<T> part = part_of(norm, begin, end);
                  part.dgamma = gamma_sums;
                  part.dbeta = beta_sums;
                  XTAPE_DISPATCH(batch_norm_sums<Formula>(part));
                });
}

// Of the columns: what dx loses for each deviation from the mean, and anyway.
template <class T>
struct Losses {
  explicit Losses(const BatchNormVjp<T>& norm) : slope(static_cast<size_t>(norm.columns)), offset(slope.size()) {
    for (int64_t column = 0; column < norm.columns; ++column) {
      slope[column] = norm.scale[column] * norm.rstd[column] * norm.dgamma[column] / static_cast<T>(norm.rows);
      offset[column] = norm.scale[column] * norm.dbeta[column] / static_cast<T>(norm.rows);
    }
  }
  std::vector<T> slope, offset;
};

template <class Formula, class T>
void batch_norm_dx(const BatchNormVjp<T>& norm, const Losses<T>& losses) {
  for_rows(norm.rows, norm.columns, [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(batch_norm_dx<Formula>(part_of(norm, begin, end), losses.slope.data(), losses.offset.data()));
  });
}

}  // namespace

template <class T>
void batch_norm_vjp(const BatchNormVjp<T>& norm, Activation activation) {
  with_formula(activation, [&]<class Formula>(const Formula&) {
    batch_norm_sums<Formula>(norm);
    if (norm.dx) batch_norm_dx<Formula>(norm, Losses<T>(norm));
  });
}

// The Jacobian of what is normalized is symmetric, and gamma one number for each column.
template <class T>
void batch_norm_jvp(const BatchNormJvp<T>& norm) {
  using Linear = formulas::Identity;
  std::vector<T> sums(static_cast<size_t>(2 * norm.columns));
  const BatchNormVjp<T> adjoint{.rows = norm.rows,
                                .columns = norm.columns,
                                .g = norm.dx,
                                .x = norm.x,
                                .mean = norm.mean,
                                .rstd = norm.rstd,
                                .scale = norm.scale,
                                .shift = norm.scale,  // not read
                                .dx = norm.dy,
                                .dgamma = sums.data(),
                                .dbeta = sums.data() + norm.columns};
  batch_norm_sums<Linear>(adjoint);
  // Where the variance is infinite x has no part, and sums of tangents of its size may be infinite too.
  for (int64_t column = 0; column < norm.columns; ++column) {
    if (norm.rstd[column] == 0) adjoint.dgamma[column] = adjoint.dbeta[column] = 0;
  }
  Losses<T> losses(adjoint);
  for (int64_t column = 0; column < norm.columns; ++column) {
    if (norm.dgamma) losses.slope[column] -= norm.rstd[column] * norm.dgamma[column];
    if (norm.dbeta) losses.offset[column] -= norm.dbeta[column];
  }
  batch_norm_dx<Linear>(adjoint, losses);
}

#define XTAPE_INSTANTIATE(T)                                          \
  template void layer_norm(const LayerNorm<T>&);                      \
  template void layer_norm_vjp(const LayerNormVjp<T>&);               \
  template void layer_norm_jvp(const LayerNormJvp<T>&);               \
  template void batch_statistics(const T*, T*, T*, int64_t, int64_t); \
  template void batch_norm(const BatchNorm<T>&, Activation);          \
  template void batch_norm_vjp(const BatchNormVjp<T>&, Activation);   \
  template void batch_norm_jvp(const BatchNormJvp<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
