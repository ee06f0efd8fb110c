#include "kernels/simd/convolution/resample.hpp"

#include <cstdint>
#include <cstring>
#include <xsimd/xsimd.hpp>

namespace xtape::kernels::XTAPE_ISA {
namespace {

// `width` vectors of a slice: the sum of `taps` slices, one at least, from `from` on, `step` elements apart. It begins
// with the first product, not with 0: what has one tap of weight 1 is copied, -0 too.
template <int width, class T>
inline void sum_of_taps(const T* from, int64_t step, const T* weights, int64_t taps, T* to) {
  using Batch = xsimd::batch<T>;
  constexpr int64_t lanes = Batch::size;
  Batch sum[width];
  for (int v = 0; v < width; ++v) sum[v] = Batch(weights[0]) * Batch::load_unaligned(from + v * lanes);
  for (int64_t tap = 1; tap < taps; ++tap) {
    const Batch weight(weights[tap]);
    from += step;
    for (int v = 0; v < width; ++v) sum[v] = xsimd::fma(weight, Batch::load_unaligned(from + v * lanes), sum[v]);
  }
  for (int v = 0; v < width; ++v) sum[v].store_unaligned(to + v * lanes);
}

}  // namespace

template <class T>
void resample_lines(const Resampling<T>& r, int64_t begin, int64_t end, const T* x, T* y) {
  constexpr int64_t lanes = xsimd::batch<T>::size, inner_step = 4 * lanes;
  const int64_t inner = r.inner;
  if (inner == 0) return;  // there may be no memory
  for (int64_t line = begin; line < end; ++line) {
    const int64_t i = line % r.to, taps = r.begin[i + 1] - r.begin[i];
    const T* const from = x + (line / r.to * r.from + r.first[i]) * inner;
    const T* const weights = r.weights + r.begin[i];
    T* const to = y + line * inner;
    if (taps == 0) {
      std::memset(to, 0, inner * sizeof(T));
      continue;
    }
    int64_t c = 0;
    for (; c + inner_step <= inner; c += inner_step) sum_of_taps<4>(from + c, inner, weights, taps, to + c);
    for (; c + lanes <= inner; c += lanes) sum_of_taps<1>(from + c, inner, weights, taps, to + c);
    for (; c < inner; ++c) {
      T sum = weights[0] * from[c];
      for (int64_t tap = 1; tap < taps; ++tap) sum += weights[tap] * from[tap * inner + c];
      to[c] = sum;
    }
  }
}

template void resample_lines(const Resampling<float>&, int64_t, int64_t, const float*, float*);
template void resample_lines(const Resampling<double>&, int64_t, int64_t, const double*, double*);

}  // namespace xtape::kernels::XTAPE_ISA
