#include "kernels/simd/softmax.hpp"

#include "kernels/simd/rows.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

template <class T>
T sum_of_exponentials(const T* x, T center, int64_t n) {
  return static_cast<T>(fold_row<Sum, T>(n, [&](int64_t at, auto part) { return exp(load(x + at, part) - center); }));
}

// Calls body(row, center, log_sum) for each row, with its largest element and log(sum(exp(x - center))). Short rows
// share a vector for their logarithms; a row is still in the L1 cache when its turn comes.
template <class T, class Body>
void for_row_log_sums(const T* x, int64_t rows, int64_t columns, const Body& body) {
  constexpr int64_t lanes = Vector<T>::lanes;
  const int64_t block = columns <= 256 ? lanes : 1;
  T center[lanes], sum[lanes];
  for (int64_t first = 0; first < rows; first += block) {
    const int64_t count = rows - first < block ? rows - first : block;
    for (int64_t i = 0; i < lanes; ++i) sum[i] = 1;
    for (int64_t i = 0; i < count; ++i) {
      const T* row = x + (first + i) * columns;
      center[i] = row_max(row, columns);
      sum[i] = sum_of_exponentials(row, center[i], columns);
    }
    store(sum, log(load(sum)));
    for (int64_t i = 0; i < count; ++i) body(first + i, center[i], sum[i]);
  }
}

}  // namespace

template <class T>
void softmax(const T* x, T* y, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, x += columns, y += columns) {
    const T center = row_max(x, columns);
    const T scale = static_cast<T>(1 / fold_row<Sum, T>(columns, [&](int64_t at, auto part) {
                                     const Vector<T> power = exp(load(x + at, part) - center);
                                     store(y + at, power, part);
                                     return power;
                                   }));
    for_row<T>(columns, [&](int64_t at, auto part) { store(y + at, load(y + at, part) * scale, part); });
  }
}

template <class T>
void log_softmax(const T* x, T* y, int64_t rows, int64_t columns) {
  for_row_log_sums(x, rows, columns, [&](int64_t row, T center, T log_sum) {
    const T* from = x + row * columns;
    T* to = y + row * columns;
    for_row<T>(columns, [&](int64_t at, auto part) { store(to + at, load(from + at, part) - center - log_sum, part); });
  });
}

template <class T>
void softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, g += columns, y += columns, out += columns) {
    const T dot = static_cast<T>(
        fold_row<Sum, T>(columns, [&](int64_t at, auto part) { return load(g + at, part) * load(y + at, part); }));
    for_row<T>(columns,
               [&](int64_t at, auto part) { store(out + at, load(y + at, part) * (load(g + at, part) - dot), part); });
  }
}

template <class T>
void log_softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, g += columns, y += columns, out += columns) {
    const T sum = static_cast<T>(fold_row<Sum, T>(columns, [&](int64_t at, auto part) { return load(g + at, part); }));
    for_row<T>(columns, [&](int64_t at, auto part) {
      store(out + at, load(g + at, part) - exp(load(y + at, part)) * sum, part);
    });
  }
}

template <class T>
void cross_entropy(const T* logits, const T* targets, T* loss, T* log_sum, int64_t rows, int64_t columns) {
  for_row_log_sums(logits, rows, columns, [&](int64_t row, T center, T log_rest) {
    const T log_row = center + log_rest;
    log_sum[row] = log_row;
    loss[row] = static_cast<T>(fold_row<Sum, T>(columns, [&](int64_t at, auto part) {
      const Vector<T> target = load(targets + row * columns + at, part);
      const Vector<T> logit = load(logits + row * columns + at, part);
      return where(target == 0, 0, target * (log_row - logit));  // even where a logit is infinite
    }));
  });
}

template <class T>
void cross_entropy(const T* logits, const int64_t* labels, T* loss, T* log_sum, int64_t rows, int64_t columns) {
  for_row_log_sums(logits, rows, columns, [&](int64_t row, T center, T log_rest) {
    log_sum[row] = center + log_rest;
    loss[row] = log_sum[row] - logits[row * columns + labels[row]];
  });
}

template <class T>
void cross_entropy_vjp(const T* g, const T* logits, const T* targets, const T* log_sum, T* out, int64_t rows,
                       int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, logits += columns, targets += columns, out += columns) {
    const T total =
        static_cast<T>(fold_row<Sum, T>(columns, [&](int64_t at, auto part) { return load(targets + at, part); }));
    for_row<T>(columns, [&](int64_t at, auto part) {
      const Vector<T> probability = exp(load(logits + at, part) - log_sum[row]);
      store(out + at, (probability * total - load(targets + at, part)) * g[row], part);
    });
  }
}

template <class T>
void cross_entropy_vjp(const T* g, const T* logits, const int64_t* labels, const T* log_sum, T* out, int64_t rows,
                       int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, logits += columns, out += columns) {
    for_row<T>(columns, [&](int64_t at, auto part) {
      store(out + at, exp(load(logits + at, part) - log_sum[row]) * g[row], part);
    });
    out[labels[row]] -= g[row];
  }
}

#define XTAPE_INSTANTIATE(T)                                                                     \
  template void softmax(const T*, T*, int64_t, int64_t);                                         \
  template void log_softmax(const T*, T*, int64_t, int64_t);                                     \
  template void softmax_vjp(const T*, const T*, T*, int64_t, int64_t);                           \
  template void log_softmax_vjp(const T*, const T*, T*, int64_t, int64_t);                       \
  template void cross_entropy(const T*, const T*, T*, T*, int64_t, int64_t);                     \
  template void cross_entropy(const T*, const int64_t*, T*, T*, int64_t, int64_t);               \
  template void cross_entropy_vjp(const T*, const T*, const T*, const T*, T*, int64_t, int64_t); \
  template void cross_entropy_vjp(const T*, const T*, const int64_t*, const T*, T*, int64_t, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)

}  // namespace xtape::kernels::XTAPE_ISA
