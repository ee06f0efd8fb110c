#include "kernels/convolution/resample.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "kernels/simd/convolution/resample.hpp"

namespace xtape::kernels {
namespace {

// Elements computed by a thread before another one pays.
constexpr int64_t elements_per_thread = 16 * 1024;

}  // namespace

template <class T>
void resample(const Resampling<T>& r, const T* x, T* y) {
  const int64_t lines = std::max<int64_t>(1, elements_per_thread / std::max<int64_t>(1, r.inner));
  core::parallel_for(r.outer * r.to, lines,
                     [&](int64_t begin, int64_t end) { XTAPE_DISPATCH(resample_lines(r, begin, end, x, y)); });
}

template void resample(const Resampling<float>&, const float*, float*);
template void resample(const Resampling<double>&, const double*, double*);

}  // namespace xtape::kernels
