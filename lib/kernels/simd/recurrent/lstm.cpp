#include "kernels/simd/recurrent/lstm.hpp"

#include "formulas/activations.hpp"
#include "kernels/simd/recurrent/recurrent.hpp"

namespace xtape::kernels::XTAPE_ISA {

using formulas::Sigmoid;
using formulas::Tanh;

template <class T>
void lstm_gates(const LstmGates<T>& step) {
  using V = Vector<T>;
  const LstmGates<T> s = step;  // a copy, which stores leave alone
  const int64_t units = s.hidden.columns;
  for (int64_t row = 0; row < s.hidden.rows; ++row) {
    T* const input = s.gates.data + row * s.gates.step;
    T* const forget = input + units;
    T* const candidate = forget + units;
    T* const output = candidate + units;
    T* const hidden = s.hidden.data + row * s.hidden.step;
    for_row<T>(units, [&](int64_t at, auto part) {
      const V i = Sigmoid::value(load(input + at, part)), f = Sigmoid::value(load(forget + at, part));
      const V g = Tanh::value(load(candidate + at, part)), o = Sigmoid::value(load(output + at, part));
      V c = i * g;
      if (s.previous_cell) c += f * load(s.previous_cell + row * units + at, part);
      store(input + at, i, part);
      store(forget + at, f, part);
      store(candidate + at, g, part);
      store(output + at, o, part);
      store(s.cell + row * units + at, c, part);
      store(hidden + at, o * Tanh::value(c), part);
    });
  }
}

template <class T>
void lstm_gates_vjp(const LstmGatesVjp<T>& step) {
  using V = Vector<T>;
  const LstmGatesVjp<T> s = step;  // a copy, which stores leave alone
  const int64_t units = s.gates.columns / 4;
  for (int64_t row = 0; row < s.gates.rows; ++row) {
    const T* const gate = s.gates.data + row * s.gates.step;
    T* const gradient = s.gates_gradient.data + row * s.gates_gradient.step;
    const int64_t output_row = row * s.output_gradient.step;
    for_row<T>(units, [&](int64_t at, auto part) {
      const int64_t here = row * units + at;
      const V i = load(gate + at, part), f = load(gate + units + at, part);
      const V g = load(gate + 2 * units + at, part), o = load(gate + 3 * units + at, part);
      const V squashed = Tanh::value(load(s.cell + here, part));
      const V dh = load(s.hidden_gradient + here, part) + load_or_zero(s.output_gradient.data, output_row + at, part);
      const V dc = load(s.cell_gradient + here, part) + Tanh::vjp(dh * o, squashed, squashed);
      const V previous = load_or_zero(s.previous_cell, here, part);
      store(gradient + at, Sigmoid::vjp(dc * g, i, i), part);
      store(gradient + units + at, Sigmoid::vjp(dc * previous, f, f), part);
      store(gradient + 2 * units + at, Tanh::vjp(dc * i, g, g), part);
      store(gradient + 3 * units + at, Sigmoid::vjp(dh * squashed, o, o), part);
      store(s.cell_gradient + here, dc * f, part);
    });
  }
}

template <class T>
void lstm_gates_jvp(const LstmGatesJvp<T>& step) {
  using V = Vector<T>;
  const LstmGatesJvp<T> s = step;  // a copy, which stores leave alone
  const int64_t units = s.gates.columns / 4;
  for (int64_t row = 0; row < s.gates.rows; ++row) {
    const T* const gate = s.gates.data + row * s.gates.step;
    const T* const tangent = s.gates_tangent.data + row * s.gates_tangent.step;
    T* const hidden = s.hidden_tangent.data + row * s.hidden_tangent.step;
    for_row<T>(units, [&](int64_t at, auto part) {
      const int64_t here = row * units + at;
      const V i = load(gate + at, part), f = load(gate + units + at, part);
      const V g = load(gate + 2 * units + at, part), o = load(gate + 3 * units + at, part);
      const V di = Sigmoid::vjp(load(tangent + at, part), i, i);
      const V df = Sigmoid::vjp(load(tangent + units + at, part), f, f);
      const V dg = Tanh::vjp(load(tangent + 2 * units + at, part), g, g);
      const V d_o = Sigmoid::vjp(load(tangent + 3 * units + at, part), o, o);
      const V squashed = Tanh::value(load(s.cell + here, part));
      V dc = di * g + i * dg;
      if (s.previous_cell) dc += df * load(s.previous_cell + here, part);
      if (s.previous_cell_tangent) dc += f * load(s.previous_cell_tangent + here, part);
      store(s.cell_tangent + here, dc, part);
      store(hidden + at, d_o * squashed + o * Tanh::vjp(dc, squashed, squashed), part);
    });
  }
}

#define XTAPE_INSTANTIATE(T)                            \
  template void lstm_gates(const LstmGates<T>&);        \
  template void lstm_gates_vjp(const LstmGatesVjp<T>&); \
  template void lstm_gates_jvp(const LstmGatesJvp<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
