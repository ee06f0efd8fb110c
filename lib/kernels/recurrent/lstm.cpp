#include "kernels/recurrent/lstm.hpp"

#include "core/parallel.hpp"
#include "kernels/recurrent/recurrent.hpp"
#include "kernels/simd/recurrent/lstm.hpp"

namespace xtape::kernels {

template <class T>
void lstm_gates(const LstmGates<T>& step) {
  const int64_t rows = step.hidden.rows, units = step.hidden.columns;
  core::parallel_for(rows, recurrent_grain(units), [&](int64_t begin, int64_t end) {
    const LstmGates<T> part{.gates = row_range(step.gates, begin, end),
                            .previous_cell = advanced(step.previous_cell, begin * units),
                            .cell = step.cell + begin * units,
                            .hidden = row_range(step.hidden, begin, end)};
    XTAPE_DISPATCH(lstm_gates(part));
  });
}

template <class T>
void lstm_gates_vjp(const LstmGatesVjp<T>& step) {
  const int64_t rows = step.gates.rows, units = step.gates.columns / 4;
  core::parallel_for(rows, recurrent_grain(units), [&](int64_t begin, int64_t end) {
    const LstmGatesVjp<T> part{.gates = row_range(step.gates, begin, end),
                               .previous_cell = advanced(step.previous_cell, begin * units),
                               .cell = step.cell + begin * units,
                               .output_gradient = row_range(step.output_gradient, begin, end),
                               .hidden_gradient = step.hidden_gradient + begin * units,
                               .cell_gradient = step.cell_gradient + begin * units,
                               .gates_gradient = row_range(step.gates_gradient, begin, end)};
    XTAPE_DISPATCH(lstm_gates_vjp(part));
  });
}

template <class T>
void lstm_gates_jvp(const LstmGatesJvp<T>& step) {
  const int64_t rows = step.gates.rows, units = step.gates.columns / 4;
  core::parallel_for(rows, recurrent_grain(units), [&](int64_t begin, int64_t end) {
    const LstmGatesJvp<T> part{.gates = row_range(step.gates, begin, end),
                               .previous_cell = advanced(step.previous_cell, begin * units),
                               .cell = step.cell + begin * units,
                               .gates_tangent = row_range(step.gates_tangent, begin, end),
                               .previous_cell_tangent = advanced(step.previous_cell_tangent, begin * units),
                               .cell_tangent = step.cell_tangent + begin * units,
                               .hidden_tangent = row_range(step.hidden_tangent, begin, end)};
    XTAPE_DISPATCH(lstm_gates_jvp(part));
  });
}

#define XTAPE_INSTANTIATE(T)                            \
  template void lstm_gates(const LstmGates<T>&);        \
  template void lstm_gates_vjp(const LstmGatesVjp<T>&); \
  template void lstm_gates_jvp(const LstmGatesJvp<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
