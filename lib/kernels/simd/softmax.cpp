#include "kernels/simd/softmax.hpp"

#include "kernels/simd/rows.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

template <class T>
T sum_of_exponentials(const T* x, T center, int64_t n) {
  return static_cast<T>(fold_row<Sum, T>(n, [&](int64_t at, auto part) { return exp(load(x + at, part) - center); }));
}

// log(sum(exp(x))).
template <class T>
T log_sum_of_exponentials(const T* x, int64_t n) {
  const T center = row_max(x, n);
  return center + std::log(sum_of_exponentials(x, center, n));
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
  for (int64_t row = 0; row < rows; ++row, x += columns, y += columns) {
    const T center = row_max(x, columns);
    const T log_sum = std::log(sum_of_exponentials(x, center, columns));
    for_row<T>(columns, [&](int64_t at, auto part) { store(y + at, load(x + at, part) - center - log_sum, part); });
  }
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
  for (int64_t row = 0; row < rows; ++row, logits += columns, targets += columns) {
    const T log_row = log_sum_of_exponentials(logits, columns);
    log_sum[row] = log_row;
    loss[row] = static_cast<T>(fold_row<Sum, T>(columns, [&](int64_t at, auto part) {
      const Vector<T> target = load(targets + at, part);
      return where(target == 0, 0, target * (log_row - load(logits + at, part)));  // even where a logit is infinite
    }));
  }
}

template <class T>
void cross_entropy(const T* logits, const int64_t* labels, T* loss, T* log_sum, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, logits += columns) {
    log_sum[row] = log_sum_of_exponentials(logits, columns);
    loss[row] = log_sum[row] - logits[labels[row]];
  }
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
