#include "kernels/elementwise/bias_activation.hpp"

#include <vector>

#include "kernels/copy/copy.hpp"
#include "kernels/elementwise/elementwise.hpp"
#include "kernels/reduction/reduce.hpp"
#include "kernels/simd/elementwise/bias_activation.hpp"
#include "kernels/support/chunks.hpp"

namespace xtape::kernels {
namespace {

constexpr int64_t grain = 1 << 15;

}  // namespace

template <class T>
void bias_activation(Activation activation, T* y, const T* bias, int64_t rows, int64_t channels) {
  if (rows * channels == 0 || (!bias && activation == Activation::linear)) return;
  with_formula(activation, [&]<class Formula>(const Formula& formula) {
    if (!bias) return unary(formula, y, y, rows * channels);
    core::parallel_for(rows, std::max<int64_t>(1, grain / channels), [&](int64_t begin, int64_t end) {
      XTAPE_DISPATCH(bias_activation<Formula>(y + begin * channels, bias, end - begin, channels));
    });
  });
}

template <class T>
void bias_activation_vjp(Activation activation, const BiasActivationVjp<T>& step) {
  const T *const g = step.g, *const y = step.y;
  T *inner = step.inner, *const bias_gradient = step.bias_gradient;
  const int64_t rows = step.rows, channels = step.channels;
  const bool linear = activation == Activation::linear;
  if (!bias_gradient) {
    if (linear && inner && inner != g) copy_bytes(g, inner, static_cast<size_t>(rows * channels) * sizeof(T));
    if (!linear && inner)
      with_formula(activation, [&](const auto& formula) { unary_vjp(formula, g, y, y, inner, rows * channels); });
    return;
  }
  if (inner == g && linear) inner = nullptr;
  const int64_t chunks = chunk_count(rows, channels, grain);
  std::vector<T> partial(static_cast<size_t>(chunks > 1 ? chunks * channels : 0));
  with_formula(activation, [&]<class Formula>(const Formula&) {
    for_each_chunk(rows, chunks, [&](int64_t chunk, int64_t begin, int64_t end) {
      const int64_t at = begin * channels;
      T* sums = chunks > 1 ? &partial[chunk * channels] : bias_gradient;
      T* to = inner ? inner + at : nullptr;
      XTAPE_DISPATCH(bias_activation_vjp<Formula>(g + at, y ? y + at : y, to, sums, end - begin, channels));
    });
  });
  if (chunks > 1) reduce<T>(Reduction::sum, partial.data(), bias_gradient, {1, chunks, channels});
}

#define XTAPE_INSTANTIATE(T)                                                    \
  template void bias_activation<T>(Activation, T*, const T*, int64_t, int64_t); \
  template void bias_activation_vjp<T>(Activation, const BiasActivationVjp<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)

}  // namespace xtape::kernels
