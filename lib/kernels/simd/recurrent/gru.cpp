#include "kernels/simd/recurrent/gru.hpp"

#include "formulas/activations.hpp"
#include "kernels/simd/recurrent/recurrent.hpp"

namespace xtape::kernels::XTAPE_ISA {

using formulas::Sigmoid;
using formulas::Tanh;

template <class T>
void gru_gates(int64_t rows, int64_t units, T* gates, int64_t gates_step, const T* recurrent, const T* recurrent_bias,
               T* candidate, const T* previous, int64_t previous_step, T* hidden, int64_t hidden_step) {
  using V = Vector<T>;
  for (int64_t row = 0; row < rows; ++row) {
    T* const gate = gates + row * gates_step;
    for_row<T>(units, [&](int64_t at, auto part) {
      const auto from_hidden = [&](int64_t index) {
        return load_or_zero(recurrent, (row * 3 + index) * units + at, part) +
               load_or_zero(recurrent_bias, index * units + at, part);
      };
      const V z = Sigmoid::value(load(gate + at, part) + from_hidden(0));
      const V r = Sigmoid::value(load(gate + units + at, part) + from_hidden(1));
      const V gated = from_hidden(2);
      const V c = Tanh::value(load(gate + 2 * units + at, part) + r * gated);
      store(gate + at, z, part);
      store(gate + units + at, r, part);
      store(gate + 2 * units + at, c, part);
      store(candidate + row * units + at, gated, part);
      store(hidden + row * hidden_step + at, c + z * (load_or_zero(previous, row * previous_step + at, part) - c),
            part);
    });
  }
}

template <class T>
void gru_gates_vjp(int64_t rows, int64_t units, const T* gates, int64_t gates_step, const T* candidate,
                   const T* previous, int64_t previous_step, const T* output_gradient, int64_t output_step,
                   T* hidden_gradient, T* gates_gradient, int64_t gradient_step) {
  using V = Vector<T>;
  for (int64_t row = 0; row < rows; ++row) {
    const T* const gate = gates + row * gates_step;
    T* const gradient = gates_gradient + row * gradient_step;
    for_row<T>(units, [&](int64_t at, auto part) {
      const int64_t here = row * units + at;
      const V z = load(gate + at, part), r = load(gate + units + at, part), c = load(gate + 2 * units + at, part);
      const V before = load_or_zero(previous, row * previous_step + at, part);
      const V dh = load(hidden_gradient + here, part) + load_or_zero(output_gradient, row * output_step + at, part);
      const V through = dh * z;
      const V dc = Tanh::vjp(dh - through, c, c);
      store(gradient + at, dc * r, part);
      store(gradient + units + at, Sigmoid::vjp(dh * (before - c), z, z), part);
      store(gradient + 2 * units + at, Sigmoid::vjp(dc * load(candidate + here, part), r, r), part);
      store(gradient + 3 * units + at, dc, part);
      store(hidden_gradient + here, through, part);
    });
  }
}

#define XTAPE_INSTANTIATE(T)                                                                                           \
  template void gru_gates(int64_t, int64_t, T*, int64_t, const T*, const T*, T*, const T*, int64_t, T*, int64_t);      \
  template void gru_gates_vjp(int64_t, int64_t, const T*, int64_t, const T*, const T*, int64_t, const T*, int64_t, T*, \
                              T*, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
