#include "kernels/cross_entropy.hpp"

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"

namespace xtape::kernels {
namespace {

template <class Body>
void for_rows(int64_t rows, int64_t classes, const Body& body) {
  core::parallel_for(rows, std::max<int64_t>(1, 4096 / std::max<int64_t>(1, classes)), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) body(row, row * classes);
  });
}

template <class T>
T logsumexp(const T* z, int64_t n) {
  if (n == 0) return 0;
  const T largest = *std::max_element(z, z + n);
  T total = 0;
  for (int64_t i = 0; i < n; ++i) total += std::exp(z[i] - largest);
  return largest + std::log(total);
}

}  // namespace

template <class T>
void cross_entropy(const T* target, const T* logits, T* loss, int64_t rows, int64_t classes) {
  for_rows(rows, classes, [=](int64_t row, int64_t at) {
    const T shift = logsumexp(logits + at, classes);
    T total = 0;
    for (int64_t i = 0; i < classes; ++i) total += target[at + i] * (shift - logits[at + i]);
    loss[row] = total;
  });
}

template <class T>
void cross_entropy_vjp(const T* g, const T* target, const T* logits, T* out, int64_t rows, int64_t classes) {
  for_rows(rows, classes, [=](int64_t row, int64_t at) {
    const T shift = logsumexp(logits + at, classes);
    T total = 0;
    for (int64_t i = 0; i < classes; ++i) total += target[at + i];
    for (int64_t i = 0; i < classes; ++i) {
      out[at + i] = g[row] * (std::exp(logits[at + i] - shift) * total - target[at + i]);
    }
  });
}

template <class T>
void sparse_cross_entropy(const int64_t* labels, const T* logits, T* loss, int64_t rows, int64_t classes) {
  for_rows(rows, classes, [=](int64_t row, int64_t at) {
    loss[row] = logsumexp(logits + at, classes) - logits[at + labels[row]];
  });
}

template <class T>
void sparse_cross_entropy_vjp(const T* g, const int64_t* labels, const T* logits, T* out, int64_t rows,
                              int64_t classes) {
  for_rows(rows, classes, [=](int64_t row, int64_t at) {
    const T shift = logsumexp(logits + at, classes);
    for (int64_t i = 0; i < classes; ++i) out[at + i] = g[row] * std::exp(logits[at + i] - shift);
    out[at + labels[row]] -= g[row];
  });
}

#define XTAPE_INSTANTIATE(T)                                                                   \
  template void cross_entropy<T>(const T*, const T*, T*, int64_t, int64_t);                    \
  template void cross_entropy_vjp<T>(const T*, const T*, const T*, T*, int64_t, int64_t);      \
  template void sparse_cross_entropy<T>(const int64_t*, const T*, T*, int64_t, int64_t);       \
  template void sparse_cross_entropy_vjp<T>(const T*, const int64_t*, const T*, T*, int64_t, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
