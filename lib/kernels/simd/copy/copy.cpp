#include "kernels/simd/copy/copy.hpp"

#include <type_traits>

// Plain loops, which the compiler vectorizes for each instruction set.
namespace xtape::kernels::XTAPE_ISA {

template <class From, class To>
void cast(const From* from, To* to, int64_t n) {
  if constexpr (std::is_same_v<To, bool>) {
    for (int64_t i = 0; i < n; ++i) to[i] = from[i] != 0;
  } else if constexpr (std::is_same_v<To, uint8_t> && std::is_floating_point_v<From>) {
    for (int64_t i = 0; i < n; ++i) to[i] = static_cast<uint8_t>(static_cast<int32_t>(from[i]));  // wraps like NumPy
  } else {
    for (int64_t i = 0; i < n; ++i) to[i] = static_cast<To>(from[i]);
  }
}

template <class T>
void where_row(const bool* condition, int64_t step_condition, const T* a, int64_t step_a, const T* b, int64_t step_b,
               T* y, int64_t n) {
  if (step_condition == 1 && step_a == 1 && step_b == 1) {
    for (int64_t i = 0; i < n; ++i) y[i] = condition[i] ? a[i] : b[i];
  } else if (step_condition == 1 && step_a == 1 && step_b == 0) {
    const T other = n > 0 ? b[0] : T();
    for (int64_t i = 0; i < n; ++i) y[i] = condition[i] ? a[i] : other;
  } else if (step_condition == 1 && step_a == 0 && step_b == 1) {
    const T other = n > 0 ? a[0] : T();
    for (int64_t i = 0; i < n; ++i) y[i] = condition[i] ? other : b[i];
  } else {
    for (int64_t i = 0; i < n; ++i) y[i] = condition[i * step_condition] ? a[i * step_a] : b[i * step_b];
  }
}

#define XTAPE_INSTANTIATE_CAST_TO(From)                              \
  template void cast<From, float>(const From*, float*, int64_t);     \
  template void cast<From, double>(const From*, double*, int64_t);   \
  template void cast<From, int64_t>(const From*, int64_t*, int64_t); \
  template void cast<From, int32_t>(const From*, int32_t*, int64_t); \
  template void cast<From, uint8_t>(const From*, uint8_t*, int64_t); \
  template void cast<From, bool>(const From*, bool*, int64_t);
XTAPE_INSTANTIATE_CAST_TO(float)
XTAPE_INSTANTIATE_CAST_TO(double)
XTAPE_INSTANTIATE_CAST_TO(int64_t)
XTAPE_INSTANTIATE_CAST_TO(int32_t)
XTAPE_INSTANTIATE_CAST_TO(uint8_t)
XTAPE_INSTANTIATE_CAST_TO(bool)

template void where_row(const bool*, int64_t, const uint8_t*, int64_t, const uint8_t*, int64_t, uint8_t*, int64_t);
template void where_row(const bool*, int64_t, const uint32_t*, int64_t, const uint32_t*, int64_t, uint32_t*, int64_t);
template void where_row(const bool*, int64_t, const uint64_t*, int64_t, const uint64_t*, int64_t, uint64_t*, int64_t);

}  // namespace xtape::kernels::XTAPE_ISA
