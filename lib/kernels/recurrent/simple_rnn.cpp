#include "kernels/recurrent/simple_rnn.hpp"

#include "core/parallel.hpp"
#include "kernels/recurrent/recurrent.hpp"
#include "kernels/simd/recurrent/simple_rnn.hpp"

namespace xtape::kernels {

template <class T>
void simple_rnn_step(const Matrix<T>& hidden) {
  core::parallel_for(hidden.rows, recurrent_grain(hidden.columns), [&](int64_t begin, int64_t end) {
    const Matrix<T> part = row_range(hidden, begin, end);
    XTAPE_DISPATCH(simple_rnn_step(part));
  });
}

template <class T>
void simple_rnn_vjp(const SimpleRnnVjp<T>& step) {
  const int64_t rows = step.hidden.rows, units = step.hidden.columns;
  core::parallel_for(rows, recurrent_grain(units), [&](int64_t begin, int64_t end) {
    const SimpleRnnVjp<T> part{.hidden = row_range(step.hidden, begin, end),
                               .output_gradient = row_range(step.output_gradient, begin, end),
                               .hidden_gradient = step.hidden_gradient + begin * units,
                               .sums_gradient = row_range(step.sums_gradient, begin, end)};
    XTAPE_DISPATCH(simple_rnn_vjp(part));
  });
}

#define XTAPE_INSTANTIATE(T)                       \
  template void simple_rnn_step(const Matrix<T>&); \
  template void simple_rnn_vjp(const SimpleRnnVjp<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
