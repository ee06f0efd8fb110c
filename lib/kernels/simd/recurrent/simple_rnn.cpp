#include "kernels/simd/recurrent/simple_rnn.hpp"

#include "formulas/activations.hpp"
#include "kernels/simd/recurrent/recurrent.hpp"

namespace xtape::kernels::XTAPE_ISA {

using formulas::Tanh;

template <class T>
void simple_rnn_step(const Matrix<T>& hidden) {
  for (int64_t row = 0; row < hidden.rows; ++row) {
    T* const sums = hidden.data + row * hidden.step;
    for_row<T>(hidden.columns,
               [&](int64_t at, auto part) { store(sums + at, Tanh::value(load(sums + at, part)), part); });
  }
}

template <class T>
void simple_rnn_vjp(const SimpleRnnVjp<T>& step) {
  using V = Vector<T>;
  const SimpleRnnVjp<T> s = step;  // a copy, which stores leave alone
  const int64_t units = s.hidden.columns;
  for (int64_t row = 0; row < s.hidden.rows; ++row) {
    const T* const hidden = s.hidden.data + row * s.hidden.step;
    T* const gradient = s.sums_gradient.data + row * s.sums_gradient.step;
    const int64_t output_row = row * s.output_gradient.step;
    for_row<T>(units, [&](int64_t at, auto part) {
      const V h = load(hidden + at, part);
      const V dh = load(s.hidden_gradient + row * units + at, part) +
                   load_or_zero(s.output_gradient.data, output_row + at, part);
      store(gradient + at, Tanh::vjp(dh, h, h), part);
    });
  }
}

#define XTAPE_INSTANTIATE(T)                       \
  template void simple_rnn_step(const Matrix<T>&); \
  template void simple_rnn_vjp(const SimpleRnnVjp<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
