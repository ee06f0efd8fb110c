#include "kernels/softmax.hpp"

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"

namespace xtape::kernels {
namespace {

template <class Body>
void for_rows(int64_t rows, int64_t columns, const Body& body) {
  core::parallel_for(rows, std::max<int64_t>(1, 4096 / std::max<int64_t>(1, columns)), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) body(row * columns);
  });
}

}  // namespace

template <class T>
void softmax(const T* x, T* y, int64_t rows, int64_t columns) {
  for_rows(rows, columns, [=](int64_t at) {
    const T largest = columns ? *std::max_element(x + at, x + at + columns) : T(0);
    T total = 0;
    for (int64_t i = 0; i < columns; ++i) total += y[at + i] = std::exp(x[at + i] - largest);
    for (int64_t i = 0; i < columns; ++i) y[at + i] /= total;
  });
}

template <class T>
void softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns) {
  for_rows(rows, columns, [=](int64_t at) {
    T dot = 0;
    for (int64_t i = 0; i < columns; ++i) dot += g[at + i] * y[at + i];
    for (int64_t i = 0; i < columns; ++i) out[at + i] = y[at + i] * (g[at + i] - dot);
  });
}

template <class T>
void log_softmax(const T* x, T* y, int64_t rows, int64_t columns) {
  for_rows(rows, columns, [=](int64_t at) {
    const T largest = columns ? *std::max_element(x + at, x + at + columns) : T(0);
    T total = 0;
    for (int64_t i = 0; i < columns; ++i) total += std::exp(x[at + i] - largest);
    const T shift = largest + std::log(total);
    for (int64_t i = 0; i < columns; ++i) y[at + i] = x[at + i] - shift;
  });
}

template <class T>
void log_softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns) {
  for_rows(rows, columns, [=](int64_t at) {
    T total = 0;
    for (int64_t i = 0; i < columns; ++i) total += g[at + i];
    for (int64_t i = 0; i < columns; ++i) out[at + i] = g[at + i] - std::exp(y[at + i]) * total;
  });
}

#define XTAPE_INSTANTIATE(T)                                              \
  template void softmax<T>(const T*, T*, int64_t, int64_t);               \
  template void softmax_vjp<T>(const T*, const T*, T*, int64_t, int64_t); \
  template void log_softmax<T>(const T*, T*, int64_t, int64_t);           \
  template void log_softmax_vjp<T>(const T*, const T*, T*, int64_t, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
