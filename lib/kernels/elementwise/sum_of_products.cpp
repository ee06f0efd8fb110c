#include "kernels/elementwise/sum_of_products.hpp"

#include "core/parallel.hpp"
#include "kernels/simd/elementwise/sum_of_products.hpp"

namespace xtape::kernels {

template <class T>
void sum_of_products(const T* a, const T* b, const T* c, const T* d, T* y, int64_t n) {
  constexpr int64_t grain = 1 << 15;
  core::parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(sum_of_products(a + begin, b + begin, c + begin, d + begin, y + begin, end - begin));
  });
}

template void sum_of_products(const float*, const float*, const float*, const float*, float*, int64_t);
template void sum_of_products(const double*, const double*, const double*, const double*, double*, int64_t);

}  // namespace xtape::kernels
