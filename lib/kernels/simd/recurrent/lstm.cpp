#include "kernels/simd/recurrent/lstm.hpp"

#include "formulas/activations.hpp"
#include "kernels/simd/recurrent/recurrent.hpp"

namespace xtape::kernels::XTAPE_ISA {

using formulas::Sigmoid;
using formulas::Tanh;

template <class T>
void lstm_gates(int64_t rows, int64_t units, T* gates, int64_t gates_step, const T* previous_cell, T* cell, T* hidden,
                int64_t hidden_step) {
  using V = Vector<T>;
  for (int64_t row = 0; row < rows; ++row) {
    T* const input = gates + row * gates_step;
    T* const forget = input + units;
    T* const candidate = forget + units;
    T* const output = candidate + units;
    for_row<T>(units, [&](int64_t at, auto part) {
      const V i = Sigmoid::value(load(input + at, part)), f = Sigmoid::value(load(forget + at, part));
      const V g = Tanh::value(load(candidate + at, part)), o = Sigmoid::value(load(output + at, part));
      V c = i * g;
      if (previous_cell) c += f * load(previous_cell + row * units + at, part);
      store(input + at, i, part);
      store(forget + at, f, part);
      store(candidate + at, g, part);
      store(output + at, o, part);
      store(cell + row * units + at, c, part);
      store(hidden + row * hidden_step + at, o * Tanh::value(c), part);
    });
  }
}

template <class T>
void lstm_gates_vjp(int64_t rows, int64_t units, const T* gates, int64_t gates_step, const T* previous_cell,
                    const T* cell, const T* output_gradient, int64_t output_step, const T* hidden_gradient,
                    T* cell_gradient, T* gates_gradient, int64_t gradient_step) {
  using V = Vector<T>;
  for (int64_t row = 0; row < rows; ++row) {
    const T* const gate = gates + row * gates_step;
    T* const gradient = gates_gradient + row * gradient_step;
    for_row<T>(units, [&](int64_t at, auto part) {
      const int64_t here = row * units + at;
      const V i = load(gate + at, part), f = load(gate + units + at, part);
      const V g = load(gate + 2 * units + at, part), o = load(gate + 3 * units + at, part);
      const V squashed = Tanh::value(load(cell + here, part));
      const V dh = load(hidden_gradient + here, part) + load_or_zero(output_gradient, row * output_step + at, part);
      const V dc = load(cell_gradient + here, part) + Tanh::vjp(dh * o, squashed, squashed);
      const V previous = load_or_zero(previous_cell, here, part);
      store(gradient + at, Sigmoid::vjp(dc * g, i, i), part);
      store(gradient + units + at, Sigmoid::vjp(dc * previous, f, f), part);
      store(gradient + 2 * units + at, Tanh::vjp(dc * i, g, g), part);
      store(gradient + 3 * units + at, Sigmoid::vjp(dh * squashed, o, o), part);
      store(cell_gradient + here, dc * f, part);
    });
  }
}

#define XTAPE_INSTANTIATE(T)                                                                                         \
  template void lstm_gates(int64_t, int64_t, T*, int64_t, const T*, T*, T*, int64_t);                                \
  template void lstm_gates_vjp(int64_t, int64_t, const T*, int64_t, const T*, const T*, const T*, int64_t, const T*, \
                               T*, T*, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
