#include "kernels/simd/recurrent/gru.hpp"

#include "formulas/activations.hpp"
#include "kernels/simd/recurrent/recurrent.hpp"

namespace xtape::kernels::XTAPE_ISA {

using formulas::Sigmoid;
using formulas::Tanh;

template <class T>
void gru_gates(const GruGates<T>& step) {
  using V = Vector<T>;
  const GruGates<T> s = step;  // a copy, which stores leave alone
  const int64_t units = s.hidden.columns;
  for (int64_t row = 0; row < s.hidden.rows; ++row) {
    T* const gate = s.gates.data + row * s.gates.step;
    T* const hidden = s.hidden.data + row * s.hidden.step;
    for_row<T>(units, [&](int64_t at, auto part) {
      const auto from_hidden = [&](int64_t index) {
        return load_or_zero(s.recurrent, (row * 3 + index) * units + at, part) +
               load_or_zero(s.recurrent_bias, index * units + at, part);
      };
      const V z = Sigmoid::value(load(gate + at, part) + from_hidden(0));
      const V r = Sigmoid::value(load(gate + units + at, part) + from_hidden(1));
      const V gated = from_hidden(2);
      const V c = Tanh::value(load(gate + 2 * units + at, part) + r * gated);
      store(gate + at, z, part);
      store(gate + units + at, r, part);
      store(gate + 2 * units + at, c, part);
      store(s.candidate + row * units + at, gated, part);
      store(hidden + at, c + z * (load_or_zero(s.previous.data, row * s.previous.step + at, part) - c), part);
    });
  }
}

template <class T>
void gru_gates_vjp(const GruGatesVjp<T>& step) {
  using V = Vector<T>;
  const GruGatesVjp<T> s = step;  // a copy, which stores leave alone
  const int64_t units = s.gates.columns / 3;
  for (int64_t row = 0; row < s.gates.rows; ++row) {
    const T* const gate = s.gates.data + row * s.gates.step;
    T* const gradient = s.gates_gradient.data + row * s.gates_gradient.step;
    const int64_t output_row = row * s.output_gradient.step;
    for_row<T>(units, [&](int64_t at, auto part) {
      const int64_t here = row * units + at;
      const V z = load(gate + at, part), r = load(gate + units + at, part), c = load(gate + 2 * units + at, part);
      const V before = load_or_zero(s.previous.data, row * s.previous.step + at, part);
      const V dh = load(s.hidden_gradient + here, part) + load_or_zero(s.output_gradient.data, output_row + at, part);
      const V through = dh * z;
      const V dc = Tanh::vjp(dh - through, c, c);
      store(gradient + at, dc * r, part);
      store(gradient + units + at, Sigmoid::vjp(dh * (before - c), z, z), part);
      store(gradient + 2 * units + at, Sigmoid::vjp(dc * load(s.candidate + here, part), r, r), part);
      store(gradient + 3 * units + at, dc, part);
      store(s.hidden_gradient + here, through, part);
    });
  }
}

template <class T>
void gru_gates_jvp(const GruGatesJvp<T>& step) {
  using V = Vector<T>;
  const GruGatesJvp<T> s = step;  // a copy, which stores leave alone
  const int64_t units = s.gates.columns / 3;
  for (int64_t row = 0; row < s.gates.rows; ++row) {
    const T* const gate = s.gates.data + row * s.gates.step;
    const T* const tangent = s.gates_tangent.data + row * s.gates_tangent.step;
    const T* const recurrent = s.recurrent_tangent.data + row * s.recurrent_tangent.step;
    T* const hidden = s.hidden_tangent.data + row * s.hidden_tangent.step;
    for_row<T>(units, [&](int64_t at, auto part) {
      const V z = load(gate + at, part), r = load(gate + units + at, part), c = load(gate + 2 * units + at, part);
      const V before = load_or_zero(s.previous.data, row * s.previous.step + at, part);
      const V dbefore = load_or_zero(s.previous_tangent.data, row * s.previous_tangent.step + at, part);
      const V dz = Sigmoid::vjp(load(tangent + at, part) + load(recurrent + at, part), z, z);
      const V dr = Sigmoid::vjp(load(tangent + units + at, part) + load(recurrent + units + at, part), r, r);
      const V reset = dr * load(s.candidate + row * units + at, part) + r * load(recurrent + 2 * units + at, part);
      const V dc = Tanh::vjp(load(tangent + 2 * units + at, part) + reset, c, c);
      store(hidden + at, dc + z * (dbefore - dc) + dz * (before - c), part);
    });
  }
}

#define XTAPE_INSTANTIATE(T)                          \
  template void gru_gates(const GruGates<T>&);        \
  template void gru_gates_vjp(const GruGatesVjp<T>&); \
  template void gru_gates_jvp(const GruGatesJvp<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
