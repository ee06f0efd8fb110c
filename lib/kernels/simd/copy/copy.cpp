#include "kernels/simd/copy/copy.hpp"

#include <xtape/detail/convert.hpp>

#include "kernels/support/dtypes.hpp"

// Plain loops, which the compiler vectorizes for each instruction set.
namespace xtape::kernels::XTAPE_ISA {

template <class From, class To>
void cast(const From* from, To* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] = detail::convert<To>(from[i]);
}

template <class T>
void where_row(Strided<bool> condition, Strided<T> a, Strided<T> b, T* y, int64_t n) {
  if (condition.step == 1 && a.step == 1 && b.step == 1) {
    for (int64_t i = 0; i < n; ++i) y[i] = condition.data[i] ? a.data[i] : b.data[i];
  } else if (condition.step == 1 && a.step == 1 && b.step == 0) {
    const T other = n > 0 ? b.data[0] : T();
    for (int64_t i = 0; i < n; ++i) y[i] = condition.data[i] ? a.data[i] : other;
  } else if (condition.step == 1 && a.step == 0 && b.step == 1) {
    const T other = n > 0 ? a.data[0] : T();
    for (int64_t i = 0; i < n; ++i) y[i] = condition.data[i] ? other : b.data[i];
  } else {
    for (int64_t i = 0; i < n; ++i) y[i] = condition.data[i * condition.step] ? a.data[i * a.step] : b.data[i * b.step];
  }
}

#define XTAPE_INSTANTIATE_CAST_TO(From)                              \
  template void cast<From, float>(const From*, float*, int64_t);     \
  template void cast<From, double>(const From*, double*, int64_t);   \
  template void cast<From, int64_t>(const From*, int64_t*, int64_t); \
  template void cast<From, int32_t>(const From*, int32_t*, int64_t); \
  template void cast<From, uint8_t>(const From*, uint8_t*, int64_t); \
  template void cast<From, bool>(const From*, bool*, int64_t);
XTAPE_ALL_TYPES(XTAPE_INSTANTIATE_CAST_TO)

template void where_row(Strided<bool>, Strided<uint8_t>, Strided<uint8_t>, uint8_t*, int64_t);
template void where_row(Strided<bool>, Strided<uint32_t>, Strided<uint32_t>, uint32_t*, int64_t);
template void where_row(Strided<bool>, Strided<uint64_t>, Strided<uint64_t>, uint64_t*, int64_t);

}  // namespace xtape::kernels::XTAPE_ISA
