#include "kernels/elementwise/sum_of_products.hpp"

#include "core/parallel.hpp"
#include "kernels/simd/elementwise/sum_of_products.hpp"

namespace xtape::kernels {
namespace {

constexpr int64_t grain = 1 << 15;

}  // namespace

template <class T>
void sum_of_products(const T* a, const T* b, const T* c, const T* d, T* y, int64_t n) {
  core::parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(sum_of_products(a + begin, b + begin, c + begin, d + begin, y + begin, end - begin));
  });
}

template <class T>
void product_dual(const T* a, const T* b, const T* da, const T* db, T* y, T* dy, int64_t n) {
  core::parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(product_dual(a + begin, b + begin, da + begin, db + begin, y + begin, dy + begin, end - begin));
  });
}

#define XTAPE_INSTANTIATE(T)                                                          \
  template void sum_of_products(const T*, const T*, const T*, const T*, T*, int64_t); \
  template void product_dual(const T*, const T*, const T*, const T*, T*, T*, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
