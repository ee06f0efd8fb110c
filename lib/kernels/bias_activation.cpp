#include "kernels/bias_activation.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/parallel.hpp"

namespace xtape::kernels {
namespace {

template <class T>
T value(Activation activation, T x) {
  switch (activation) {
    case Activation::relu:
      return x <= 0 ? T(0) : x;
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::tanh:
      return std::tanh(x);
    default:
      return x;
  }
}

template <class T>
T slope(Activation activation, T y) {
  switch (activation) {
    case Activation::relu:
      return y <= 0 ? T(0) : T(1);
    case Activation::sigmoid:
      return y * (1 - y);
    default:
      return 1 - y * y;
  }
}

}  // namespace

template <class T>
void bias_activation(Activation activation, T* y, const T* bias, int64_t rows, int64_t channels) {
  const int64_t grain = std::max<int64_t>(1, 32768 / std::max<int64_t>(1, channels));
  core::parallel_for(rows, grain, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      T* at = y + row * channels;
      for (int64_t i = 0; i < channels; ++i) at[i] = value(activation, at[i] + (bias ? bias[i] : T(0)));
    }
  });
}

template <class T>
void bias_activation_vjp(Activation activation, const T* g, const T* y, T* inner, T* bias_gradient, int64_t rows,
                         int64_t channels) {
  if (bias_gradient) std::fill(bias_gradient, bias_gradient + channels, T(0));
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t at = row * channels;
    for (int64_t i = 0; i < channels; ++i) {
      const T gradient = activation == Activation::linear ? g[at + i] : g[at + i] * slope(activation, y[at + i]);
      if (inner) inner[at + i] = gradient;
      if (bias_gradient) bias_gradient[i] += gradient;
    }
  }
}

#define XTAPE_INSTANTIATE(T)                                                    \
  template void bias_activation<T>(Activation, T*, const T*, int64_t, int64_t); \
  template void bias_activation_vjp<T>(Activation, const T*, const T*, T*, T*, int64_t, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
