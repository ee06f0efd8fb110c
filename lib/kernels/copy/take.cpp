#include "kernels/copy/take.hpp"

#include <algorithm>
#include <cstring>

#include "core/parallel.hpp"
#include "kernels/support/dtypes.hpp"

namespace xtape::kernels {
namespace {

constexpr int64_t grain = 1 << 14;

// Rows of a size known to the compiler. They need not be aligned: four bytes may be four elements.
template <size_t bytes>
void take_short_rows(const char* x, const AxisView& view, const int64_t* indices, int64_t count, char* out) {
  constexpr auto step = static_cast<int64_t>(bytes);
  for (int64_t o = 0, outer = view.outer, length = view.size; o < outer; ++o, x += length * step, out += count * step)
    for (int64_t k = 0; k < count; ++k) std::memcpy(out + k * step, x + indices[k] * step, bytes);
}

}  // namespace

void take(const void* x, const AxisView& view, const int64_t* indices, int64_t count, void* out) {
  const int64_t bytes = view.inner;
  const char* from = static_cast<const char*>(x);
  char* to = static_cast<char*>(out);
  if (bytes == 4) return take_short_rows<4>(from, view, indices, count, to);
  if (bytes == 8) return take_short_rows<8>(from, view, indices, count, to);
  core::parallel_for(view.outer * count, std::max<int64_t>(1, 2 * grain / std::max<int64_t>(bytes, 1)),
                     [&](int64_t begin, int64_t end) {
                       int64_t o = begin / count, k = begin % count;
                       for (int64_t row = begin; row < end; ++row) {
                         std::memcpy(to + row * bytes, from + (o * view.size + indices[k]) * bytes,
                                     static_cast<size_t>(bytes));
                         if (++k == count) {
                           k = 0;
                           ++o;
                         }
                       }
                     });
}

template <class T>
void scatter_add(const T* g, const int64_t* indices, int64_t count, T* out, const AxisView& view) {
  const int64_t outer = view.outer, axis_size = view.size, inner = view.inner;
  // Each thread owns a range of the target's rows and goes through all indices for those in its range.
  const int64_t work = std::max<int64_t>(outer * count * inner, 1);
  core::parallel_for(axis_size, std::max<int64_t>(1, axis_size * grain / work), [&](int64_t begin, int64_t end) {
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t k = 0; k < count; ++k) {
        if (indices[k] < begin || indices[k] >= end) continue;
        const T* from = g + (o * count + k) * inner;
        T* to = out + (o * axis_size + indices[k]) * inner;
        for (int64_t i = 0; i < inner; ++i) to[i] += from[i];
      }
  });
}

template <class T>
void one_hot(const int64_t* labels, T* out, int64_t count, int64_t classes) {
  std::memset(out, 0, static_cast<size_t>(count * classes) * sizeof(T));
  for (int64_t k = 0; k < count; ++k) out[k * classes + labels[k]] = T(1);
}

#define XTAPE_INSTANTIATE_SCATTER(T) template void scatter_add(const T*, const int64_t*, int64_t, T*, const AxisView&);
XTAPE_FLOATING_TYPES(XTAPE_INSTANTIATE_SCATTER)
XTAPE_INSTANTIATE_SCATTER(int64_t)
XTAPE_INSTANTIATE_SCATTER(int32_t)
#define XTAPE_INSTANTIATE_ONE_HOT(T) template void one_hot(const int64_t*, T*, int64_t, int64_t);
XTAPE_ALL_TYPES(XTAPE_INSTANTIATE_ONE_HOT)

}  // namespace xtape::kernels
