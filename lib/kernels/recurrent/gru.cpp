#include "kernels/recurrent/gru.hpp"

#include "core/parallel.hpp"
#include "kernels/recurrent/recurrent.hpp"
#include "kernels/simd/recurrent/gru.hpp"

namespace xtape::kernels {

template <class T>
void gru_gates(const GruGates<T>& step) {
  const int64_t rows = step.hidden.rows, units = step.hidden.columns;
  core::parallel_for(rows, recurrent_grain(units), [&](int64_t begin, int64_t end) {
    const GruGates<T> part{.gates = row_range(step.gates, begin, end),
                           .recurrent = advanced(step.recurrent, begin * 3 * units),
                           .recurrent_bias = step.recurrent_bias,
                           .candidate = step.candidate + begin * units,
                           .previous = row_range(step.previous, begin, end),
                           .hidden = row_range(step.hidden, begin, end)};
    XTAPE_DISPATCH(gru_gates(part));
  });
}

template <class T>
void gru_gates_vjp(const GruGatesVjp<T>& step) {
  const int64_t rows = step.gates.rows, units = step.gates.columns / 3;
  core::parallel_for(rows, recurrent_grain(units), [&](int64_t begin, int64_t end) {
    const GruGatesVjp<T> part{.gates = row_range(step.gates, begin, end),
                              .candidate = step.candidate + begin * units,
                              .previous = row_range(step.previous, begin, end),
                              .output_gradient = row_range(step.output_gradient, begin, end),
                              .hidden_gradient = step.hidden_gradient + begin * units,
                              .gates_gradient = row_range(step.gates_gradient, begin, end)};
    XTAPE_DISPATCH(gru_gates_vjp(part));
  });
}

template <class T>
void gru_gates_jvp(const GruGatesJvp<T>& step) {
  const int64_t rows = step.gates.rows, units = step.gates.columns / 3;
  core::parallel_for(rows, recurrent_grain(units), [&](int64_t begin, int64_t end) {
    const GruGatesJvp<T> part{.gates = row_range(step.gates, begin, end),
                              .candidate = step.candidate + begin * units,
                              .previous = row_range(step.previous, begin, end),
                              .gates_tangent = row_range(step.gates_tangent, begin, end),
                              .recurrent_tangent = row_range(step.recurrent_tangent, begin, end),
                              .previous_tangent = row_range(step.previous_tangent, begin, end),
                              .hidden_tangent = row_range(step.hidden_tangent, begin, end)};
    XTAPE_DISPATCH(gru_gates_jvp(part));
  });
}

#define XTAPE_INSTANTIATE(T)                          \
  template void gru_gates(const GruGates<T>&);        \
  template void gru_gates_vjp(const GruGatesVjp<T>&); \
  template void gru_gates_jvp(const GruGatesJvp<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
