#include "kernels/simd/elementwise/sum_of_products.hpp"

#include "kernels/simd/vector.hpp"

namespace xtape::kernels::XTAPE_ISA {

template <class T>
void sum_of_products(const T* a, const T* b, const T* c, const T* d, T* y, int64_t n) {
  using V = Vector<T>;
  int64_t i = 0;
  for (; i + V::lanes <= n; i += V::lanes) store(y + i, load(a + i) * load(b + i) + load(c + i) * load(d + i));
  if (i == n) return;
  const Part rest{n - i};
  store(y + i, load(a + i, rest) * load(b + i, rest) + load(c + i, rest) * load(d + i, rest), rest);
}

template <class T>
void product_dual(const T* a, const T* b, const T* da, const T* db, T* y, T* dy, int64_t n) {
  using V = Vector<T>;
  const auto at = [=](int64_t i, auto part) {
    const V first = load(a + i, part), second = load(b + i, part);
    store(y + i, first * second, part);
    store(dy + i, load(da + i, part) * second + first * load(db + i, part), part);
  };
  int64_t i = 0;
  for (; i + V::lanes <= n; i += V::lanes) at(i, Whole{});
  if (i < n) at(i, Part{n - i});
}

#define XTAPE_INSTANTIATE(T)                                                          \
  template void sum_of_products(const T*, const T*, const T*, const T*, T*, int64_t); \
  template void product_dual(const T*, const T*, const T*, const T*, T*, T*, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
