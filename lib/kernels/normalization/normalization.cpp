#include "kernels/normalization/normalization.hpp"

#include <vector>

#include "kernels/support/chunks.hpp"
#include "kernels/reduction/reduce.hpp"
#include "kernels/simd/normalization/normalization.hpp"
#include "kernels/simd/reduction/reduce.hpp"

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
  reduce(Reduction::sum, partial.data(), first, 1, chunks, columns);
  reduce(Reduction::sum, seconds, second, 1, chunks, columns);
}

// Mean and sum of squared deviations of the columns of some rows.
template <class T>
struct Moments {
  explicit Moments(int64_t columns) : mean(static_cast<size_t>(columns)), squares(mean.size()) {}

  // Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample variances.
  void merge(const Moments& other) {
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

// Blocks that fit the first level cache are read twice from there: for their mean, and for the deviations from it.
template <class T>
Moments<T> moments_of(const T* x, int64_t rows, int64_t columns) {
  Moments<T> moments(columns), part(columns);
  const int64_t block = std::max<int64_t>(16, 24 * 1024 / static_cast<int64_t>(sizeof(T)) / columns);
  for (int64_t row = 0; row < rows; row += block) {
    part.count = std::min(block, rows - row);
    const T* from = x + row * columns;
    XTAPE_DISPATCH(fold_columns<T>(Fold::sum, from, nullptr, part.mean.data(), part.count, columns));
    for (T& mean : part.mean) mean /= static_cast<T>(part.count);
    XTAPE_DISPATCH(
        fold_columns<T>(Fold::squared_deviations, from, part.mean.data(), part.squares.data(), part.count, columns));
    moments.merge(part);
  }
  return moments;
}

}  // namespace

template <class T>
void layer_norm(const T* x, const T* gamma, const T* beta, T epsilon, T* y, T* mean, T* rstd, int64_t rows,
                int64_t columns) {
  for_rows(rows, columns, [&](int64_t begin, int64_t end) {
    const int64_t at = begin * columns;
    XTAPE_DISPATCH(layer_norm(x + at, gamma, beta, epsilon, y + at, mean + begin, rstd + begin, end - begin, columns));
  });
}

template <class T>
void layer_norm_vjp(const T* g, const T* x, const T* mean, const T* rstd, const T* gamma, T* dx, T* dgamma, T* dbeta,
                    int64_t rows, int64_t columns) {
  sum_over_rows(rows, columns, dgamma, dbeta, [&](int64_t begin, int64_t end, T* gamma_sums, T* beta_sums) {
    const int64_t at = begin * columns;
    XTAPE_DISPATCH(layer_norm_vjp(g + at, x + at, mean + begin, rstd + begin, gamma, dx + at, gamma_sums, beta_sums,
                                  end - begin, columns));
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
void batch_norm(const T* x, const T* mean, const T* scale, const T* shift, Activation activation, T* y, int64_t rows,
                int64_t columns) {
  with_formula(activation, [&]<class Formula>(const Formula&) {
    for_rows(rows, columns, [&](int64_t begin, int64_t end) {
      const int64_t at = begin * columns;
      XTAPE_DISPATCH(batch_norm<Formula>(x + at, mean, scale, shift, y + at, end - begin, columns));
    });
  });
}

template <class T>
void batch_norm_vjp(const T* g, const T* x, const T* mean, const T* rstd, const T* scale, const T* shift,
                    Activation activation, T* dx, T* dgamma, T* dbeta, int64_t rows, int64_t columns) {
  with_formula(activation, [&]<class Formula>(const Formula&) {
    sum_over_rows(rows, columns, dgamma, dbeta, [&](int64_t begin, int64_t end, T* gamma_sums, T* beta_sums) {
      const int64_t at = begin * columns;
      XTAPE_DISPATCH(batch_norm_sums<Formula>(g + at, x + at, mean, rstd, scale, shift, gamma_sums, beta_sums,
                                              end - begin, columns));
    });
    if (!dx) return;
    std::vector<T> coefficients(static_cast<size_t>(2 * columns));
    T* slope = coefficients.data();
    T* offset = slope + columns;
    for (int64_t column = 0; column < columns; ++column) {
      slope[column] = scale[column] * rstd[column] * dgamma[column] / static_cast<T>(rows);
      offset[column] = scale[column] * dbeta[column] / static_cast<T>(rows);
    }
    for_rows(rows, columns, [&](int64_t begin, int64_t end) {
      const int64_t at = begin * columns;
      XTAPE_DISPATCH(
          batch_norm_dx<Formula>(g + at, x + at, mean, scale, shift, slope, offset, dx + at, end - begin, columns));
    });
  });
}

#define XTAPE_INSTANTIATE(T)                                                                                       \
  template void layer_norm(const T*, const T*, const T*, T, T*, T*, T*, int64_t, int64_t);                         \
  template void layer_norm_vjp(const T*, const T*, const T*, const T*, const T*, T*, T*, T*, int64_t, int64_t);    \
  template void batch_statistics(const T*, T*, T*, int64_t, int64_t);                                              \
  template void batch_norm(const T*, const T*, const T*, const T*, Activation, T*, int64_t, int64_t);              \
  template void batch_norm_vjp(const T*, const T*, const T*, const T*, const T*, const T*, Activation, T*, T*, T*, \
                               int64_t, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)

}  // namespace xtape::kernels
