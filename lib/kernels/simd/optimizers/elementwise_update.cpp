#include <cmath>
#include <cstdint>

#include "kernels/simd/flush_denormals.hpp"
#include "kernels/simd/optimizers/optimizer.hpp"
#include "kernels/simd/optimizers/slope.hpp"

// Each formula changes one weight w, which has the gradient g, and its slots s; the loop around them all is one.
namespace xtape::kernels::XTAPE_ISA {
namespace {

template <class T>
inline void step(const NadamFactors<T>& f, T g, T& w, T* s) {
  s[0] = s[0] + f.fraction_1 * (g - s[0]);
  s[1] = s[1] + f.fraction_2 * (g * g - s[1]);
  const T ahead = f.momentum_factor * s[0] + f.gradient_factor * g;
  w = w * f.keep - f.rate * ahead / (std::sqrt(f.velocity_factor * s[1]) + f.epsilon);
}

template <class T>
inline void step(const AdamaxFactors<T>& f, T g, T& w, T* s) {
  const T size = std::abs(g), before = f.beta_2 * s[1];
  // The difference of the largest gradients would overflow.
  s[0] = (1 - f.fraction_1) * s[0] + f.fraction_1 * g;
  s[1] = before > size ? before : size;
  w = w * f.keep - f.rate * s[0] / (s[1] + f.epsilon);
}

// A sum that stays finite; NaN stays NaN.
template <class T>
inline T bounded(T sum) {
  constexpr T largest = static_cast<T>(sizeof(T) == 4 ? 0x1.fffffep127 : 0x1.fffffffffffffp1023);
  return sum > largest ? largest : sum;
}

template <class T>
inline void step(const AdagradFactors<T>& f, T g, T& w, T* s) {
  s[0] = bounded(s[0] + g * g);
  w = w * f.keep - f.rate * g / std::sqrt(s[0] + f.epsilon);
}

template <class T>
inline void step(const AdadeltaFactors<T>& f, T g, T& w, T* s) {
  s[0] = f.rho * s[0] + (1 - f.rho) * g * g;
  // The quotient of the squares would leave the range.
  const T change = g / std::sqrt(s[0] + f.epsilon) * std::sqrt(s[1] + f.epsilon);
  s[1] = f.rho * s[1] + (1 - f.rho) * change * change;
  w = w * f.keep - f.rate * change;
}

template <class T>
inline void step(const LionFactors<T>& f, T g, T& w, T* s) {
  const T direction = f.beta_1 * s[0] + (1 - f.beta_1) * g;
  s[0] = f.beta_2 * s[0] + (1 - f.beta_2) * g;
  // Of 0 and NaN the sign is itself.
  const T sign = direction > 0 ? T{1} : direction < 0 ? T{-1} : direction;
  w = w * f.keep - f.rate * sign;
}

// With the largest sum whose power, divided by the rate and times a weight, stays finite.
template <class T>
struct BoundedFtrl : FtrlFactors<T> {
  T largest_sum;
  explicit BoundedFtrl(const FtrlFactors<T>& f) : FtrlFactors<T>(f) {
    constexpr double largest = sizeof(T) == 4 ? 0x1.fffffep127 : 0x1.fffffffffffffp1023;
    double power = (sizeof(T) == 4 ? 0x1p96 : 0x1p767) / static_cast<double>(f.inverse_rate);
    if (power > largest / 2) power = largest / 2;
    const double sum = std::pow(power, 1 / static_cast<double>(f.power));
    largest_sum = static_cast<T>(f.power == 0 || sum > largest ? largest : sum);
  }
  // NaN stays NaN.
  T bounded(T sum) const { return sum > largest_sum ? largest_sum : sum; }
};
// Of the square root, which vectors have.
template <class T>
struct FtrlOfRoots : BoundedFtrl<T> {
  using BoundedFtrl<T>::BoundedFtrl;
};
template <class T>
inline T power_of(const FtrlOfRoots<T>&, T sum) {
  return std::sqrt(sum);
}
template <class T>
inline T power_of(const BoundedFtrl<T>& f, T sum) {
  return std::pow(sum, f.power);
}
template <class Factors, class T>
inline void ftrl_step(const Factors& f, T g, T& w, T* s) {
  constexpr T smallest = static_cast<T>(sizeof(T) == 4 ? 0x1p-126 : 0x1p-1022);
  const T weight = w * f.keep, sum = f.bounded(s[0] + g * g), power = power_of(f, sum);
  const T sigma = (power - power_of(f, f.bounded(s[0]))) * f.inverse_rate;
  const T linear = s[1] + (g + f.twice_shrinkage * weight - sigma * weight);
  const T quadratic = power * f.inverse_rate + f.twice_l2;
  const T below = linear > f.l1 ? f.l1 : linear, inside = below < -f.l1 ? -f.l1 : below;
  // No gradient has been yet of which the square is left, and nothing was to start with.
  const bool nothing = quadratic < smallest;
  const T solution = (inside - linear) / quadratic;
  s[0] = sum;
  s[1] = nothing ? s[1] : linear;
  w = nothing ? weight : solution;
}
template <class T>
inline void step(const FtrlOfRoots<T>& f, T g, T& w, T* s) {
  ftrl_step(f, g, w, s);
}
template <class T>
inline void step(const BoundedFtrl<T>& f, T g, T& w, T* s) {
  ftrl_step(f, g, w, s);
}

// The gradient as a formula takes it: within bounds where it has a square.
template <class Factors, class T>
inline T gradient_for(const Factors&, T gradient) {
  return slope_of(gradient);
}
template <class T>
inline T gradient_for(const AdamaxFactors<T>&, T gradient) {
  return gradient;
}
template <class T>
inline T gradient_for(const LionFactors<T>&, T gradient) {
  return gradient;
}

// Not inlined into where denormals are flushed, as in optimizer.cpp.
template <int Slots, class Factors, class T>
[[gnu::noinline]] void loop(const Factors& factors, int64_t n, T* __restrict w, const T* __restrict g, T* __restrict a,
                            T* __restrict b) {
  const Factors f = factors;
  for (int64_t i = 0; i < n; ++i) {
    T weight = w[i], slots[2] = {a[i], Slots > 1 ? b[i] : T{0}};
    step(f, gradient_for(f, g[i]), weight, slots);
    w[i] = weight;
    a[i] = slots[0];
    if constexpr (Slots > 1) b[i] = slots[1];
  }
}

template <int Slots, class Factors, class T>
void run(const Factors& f, const OptimizerVariable<T>& x) {
  loop<Slots>(f, x.size, x.value, x.gradient, x.slots[0], x.slots[1]);
}

template <class T>
void run_all(const LionFactors<T>& f, const OptimizerVariable<T>& x) {
  run<1>(f, x);
}
template <class T>
void run_all(const AdagradFactors<T>& f, const OptimizerVariable<T>& x) {
  run<1>(f, x);
}
template <class T>
void run_all(const FtrlFactors<T>& f, const OptimizerVariable<T>& x) {
  if (f.power == T{0.5}) return run<2>(FtrlOfRoots<T>(f), x);
  run<2>(BoundedFtrl<T>(f), x);
}
template <class Factors, class T>
void run_all(const Factors& f, const OptimizerVariable<T>& x) {
  run<2>(f, x);
}

}  // namespace

template <class Factors, class T>
void elementwise_update(const Factors& f, const OptimizerVariable<T>& x) {
  const FlushDenormals flush;
  run_all(f, x);
}

#define XTAPE_INSTANTIATE_FOR(T)                                                            \
  template void elementwise_update(const NadamFactors<T>&, const OptimizerVariable<T>&);    \
  template void elementwise_update(const AdamaxFactors<T>&, const OptimizerVariable<T>&);   \
  template void elementwise_update(const AdagradFactors<T>&, const OptimizerVariable<T>&);  \
  template void elementwise_update(const AdadeltaFactors<T>&, const OptimizerVariable<T>&); \
  template void elementwise_update(const LionFactors<T>&, const OptimizerVariable<T>&);     \
  template void elementwise_update(const FtrlFactors<T>&, const OptimizerVariable<T>&);
XTAPE_INSTANTIATE_FOR(float)
XTAPE_INSTANTIATE_FOR(double)

}  // namespace xtape::kernels::XTAPE_ISA
