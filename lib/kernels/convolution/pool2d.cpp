#include "kernels/convolution/pool2d.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "kernels/simd/convolution/pool2d.hpp"

namespace xtape::kernels {
namespace {

// Cells read by a thread before another one pays.
constexpr int64_t cells_per_thread = 32 * 1024;

int64_t rows_per_thread(int64_t cells_in_row) {
  return std::max<int64_t>(1, cells_per_thread / std::max<int64_t>(1, cells_in_row));
}

template <class Body>
void for_output_rows(const Pool2dGeometry& g, const Body& body) {
  core::parallel_for(g.batch * g.out_h, rows_per_thread(g.out_w * g.channels * g.window_h * g.window_w), body);
}

template <class Body>
void for_input_rows(const Pool2dGeometry& g, const Body& body) {
  core::parallel_for(g.batch * g.height, rows_per_thread(g.width * g.channels), body);
}

}  // namespace

template <class T, class Index>
void max_pool2d(const Pool2dGeometry& g, const T* x, T* out, Index* indices) {
  for_output_rows(g,
                  [&](int64_t begin, int64_t end) { XTAPE_DISPATCH(max_pool2d_rows(g, begin, end, x, out, indices)); });
}

template <class T, class Index>
void max_pool2d_backward(const Pool2dGeometry& g, const T* grad, const Index* indices, T* grad_x) {
  for_input_rows(g, [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(max_pool2d_backward_rows(g, begin, end, grad, indices, grad_x));
  });
}

template <class T, class Index>
void max_pool2d_pick(const Pool2dGeometry& g, const T* x, const Index* indices, T* out) {
  for_output_rows(
      g, [&](int64_t begin, int64_t end) { XTAPE_DISPATCH(max_pool2d_pick_rows(g, begin, end, x, indices, out)); });
}

template <class T>
void avg_pool2d(const Pool2dGeometry& g, const T* x, T* out) {
  for_output_rows(g, [&](int64_t begin, int64_t end) { XTAPE_DISPATCH(avg_pool2d_rows(g, begin, end, x, out)); });
}

template <class T>
void avg_pool2d_backward(const Pool2dGeometry& g, const T* grad, T* grad_x) {
  for_input_rows(
      g, [&](int64_t begin, int64_t end) { XTAPE_DISPATCH(avg_pool2d_backward_rows(g, begin, end, grad, grad_x)); });
}

#define XTAPE_INSTANTIATE_MAX(T, Index)                                                 \
  template void max_pool2d(const Pool2dGeometry&, const T*, T*, Index*);                \
  template void max_pool2d_backward(const Pool2dGeometry&, const T*, const Index*, T*); \
  template void max_pool2d_pick(const Pool2dGeometry&, const T*, const Index*, T*);
#define XTAPE_INSTANTIATE(T)                                     \
  XTAPE_INSTANTIATE_MAX(T, uint8_t)                              \
  XTAPE_INSTANTIATE_MAX(T, int32_t)                              \
  template void avg_pool2d(const Pool2dGeometry&, const T*, T*); \
  template void avg_pool2d_backward(const Pool2dGeometry&, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE
#undef XTAPE_INSTANTIATE_MAX

}  // namespace xtape::kernels
