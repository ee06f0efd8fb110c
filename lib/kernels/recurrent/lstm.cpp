#include "kernels/recurrent/lstm.hpp"

#include "core/parallel.hpp"
#include "kernels/recurrent/recurrent.hpp"
#include "kernels/simd/recurrent/lstm.hpp"

namespace xtape::kernels {

template <class T>
void lstm_gates(int64_t rows, int64_t units, T* gates, int64_t gates_step, const T* previous_cell, T* cell, T* hidden,
                int64_t hidden_step) {
  core::parallel_for(rows, recurrent_grain(units), [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(lstm_gates(end - begin, units, gates + begin * gates_step, gates_step,
                              advanced(previous_cell, begin * units), cell + begin * units,
                              hidden + begin * hidden_step, hidden_step));
  });
}

template <class T>
void lstm_gates_vjp(int64_t rows, int64_t units, const T* gates, int64_t gates_step, const T* previous_cell,
                    const T* cell, const T* output_gradient, int64_t output_step, const T* hidden_gradient,
                    T* cell_gradient, T* gates_gradient, int64_t gradient_step) {
  core::parallel_for(rows, recurrent_grain(units), [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(lstm_gates_vjp(end - begin, units, gates + begin * gates_step, gates_step,
                                  advanced(previous_cell, begin * units), cell + begin * units,
                                  advanced(output_gradient, begin * output_step), output_step,
                                  hidden_gradient + begin * units, cell_gradient + begin * units,
                                  gates_gradient + begin * gradient_step, gradient_step));
  });
}

#define XTAPE_INSTANTIATE(T)                                                                                         \
  template void lstm_gates(int64_t, int64_t, T*, int64_t, const T*, T*, T*, int64_t);                                \
  template void lstm_gates_vjp(int64_t, int64_t, const T*, int64_t, const T*, const T*, const T*, int64_t, const T*, \
                               T*, T*, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
