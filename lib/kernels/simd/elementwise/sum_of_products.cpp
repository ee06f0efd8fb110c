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

template void sum_of_products(const float*, const float*, const float*, const float*, float*, int64_t);
template void sum_of_products(const double*, const double*, const double*, const double*, double*, int64_t);

}  // namespace xtape::kernels::XTAPE_ISA
