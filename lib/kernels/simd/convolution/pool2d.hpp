#pragma once

#include "kernels/isa.hpp"
#include "kernels/convolution/pool2d.hpp"

namespace xtape::kernels {

// The kernels of pool2d.hpp on the output rows [begin, end) of batch * out_h, or on the input rows of
// batch * height for the gradients, which are gathered: no row is written by two callers.
XTAPE_DECLARE_KERNEL(template <class T, class Index> void max_pool2d_rows(const Pool2dGeometry& geometry, int64_t begin,
                                                                          int64_t end, const T* x, T* out,
                                                                          Index* indices))
XTAPE_DECLARE_KERNEL(template <class T, class Index>
                     void max_pool2d_backward_rows(const Pool2dGeometry& geometry, int64_t begin, int64_t end,
                                                   const T* grad, const Index* indices, T* grad_x))
XTAPE_DECLARE_KERNEL(template <class T, class Index> void max_pool2d_pick_rows(const Pool2dGeometry& geometry,
                                                                               int64_t begin, int64_t end, const T* x,
                                                                               const Index* indices, T* out))
XTAPE_DECLARE_KERNEL(template <class T> void avg_pool2d_rows(const Pool2dGeometry& geometry, int64_t begin, int64_t end,
                                                             const T* x, T* out))
XTAPE_DECLARE_KERNEL(template <class T> void avg_pool2d_backward_rows(const Pool2dGeometry& geometry, int64_t begin,
                                                                      int64_t end, const T* grad, T* grad_x))

}  // namespace xtape::kernels
