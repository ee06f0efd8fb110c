#include "kernels/recurrent/gru.hpp"

#include "core/parallel.hpp"
#include "kernels/recurrent/recurrent.hpp"
#include "kernels/simd/recurrent/gru.hpp"

namespace xtape::kernels {

template <class T>
void gru_gates(int64_t rows, int64_t units, T* gates, int64_t gates_step, const T* recurrent, const T* recurrent_bias,
               T* candidate, const T* previous, int64_t previous_step, T* hidden, int64_t hidden_step) {
  core::parallel_for(rows, recurrent_grain(units), [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(gru_gates(end - begin, units, gates + begin * gates_step, gates_step,
                             advanced(recurrent, begin * 3 * units), recurrent_bias, candidate + begin * units,
                             advanced(previous, begin * previous_step), previous_step, hidden + begin * hidden_step,
                             hidden_step));
  });
}

template <class T>
void gru_gates_vjp(int64_t rows, int64_t units, const T* gates, int64_t gates_step, const T* candidate,
                   const T* previous, int64_t previous_step, const T* output_gradient, int64_t output_step,
                   T* hidden_gradient, T* gates_gradient, int64_t gradient_step) {
  core::parallel_for(rows, recurrent_grain(units), [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(gru_gates_vjp(
        end - begin, units, gates + begin * gates_step, gates_step, candidate + begin * units,
        advanced(previous, begin * previous_step), previous_step, advanced(output_gradient, begin * output_step),
        output_step, hidden_gradient + begin * units, gates_gradient + begin * gradient_step, gradient_step));
  });
}

#define XTAPE_INSTANTIATE(T)                                                                                           \
  template void gru_gates(int64_t, int64_t, T*, int64_t, const T*, const T*, T*, const T*, int64_t, T*, int64_t);      \
  template void gru_gates_vjp(int64_t, int64_t, const T*, int64_t, const T*, const T*, int64_t, const T*, int64_t, T*, \
                              T*, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
