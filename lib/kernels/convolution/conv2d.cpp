#include "kernels/convolution/conv2d.hpp"

#include <type_traits>

#include "kernels/convolution/depthwise_conv2d.hpp"
#include "kernels/convolution/direct_conv2d.hpp"
#include "kernels/convolution/im2col_conv2d.hpp"
#include "kernels/onednn/conv2d.hpp"

namespace xtape::kernels {
namespace {

// Only im2col serves empty arrays.
bool any_work(const Conv2dGeometry& g) {
  return g.batch * g.height * g.width * g.in_channels > 0 && g.out_h * g.out_w * g.out_channels > 0;
}

}  // namespace

template <class T>
void conv2d(const Conv2dGeometry& geometry, const T* x, const T* kernel, const T* bias, bool relu, T* out) {
  if (!any_work(geometry)) return im2col_conv2d(geometry, x, kernel, bias, relu, out);
  if constexpr (std::is_same_v<T, float>) {
    if (onednn_conv2d(geometry, x, kernel, bias, relu, out)) return;
  }
  if (is_depthwise(geometry)) return depthwise_conv2d(geometry, x, kernel, bias, relu, out);
  if (suits_direct_conv2d(geometry)) return direct_conv2d(geometry, x, kernel, bias, relu, out);
  im2col_conv2d(geometry, x, kernel, bias, relu, out);
}

template <class T>
void conv2d_backward_data(const Conv2dGeometry& geometry, const T* grad, const T* kernel, T* grad_x) {
  if (!any_work(geometry)) return im2col_conv2d_backward_data(geometry, grad, kernel, grad_x);
  if constexpr (std::is_same_v<T, float>) {
    if (onednn_conv2d_backward_data(geometry, grad, kernel, grad_x)) return;
  }
  if (is_depthwise(geometry)) return depthwise_conv2d_backward_data(geometry, grad, kernel, grad_x);
  if (suits_direct_conv2d_backward_data(geometry)) return direct_conv2d_backward_data(geometry, grad, kernel, grad_x);
  im2col_conv2d_backward_data(geometry, grad, kernel, grad_x);
}

template <class T>
void conv2d_backward_weights(const Conv2dGeometry& geometry, const T* x, const T* grad, T* grad_kernel) {
  if (!any_work(geometry)) return im2col_conv2d_backward_weights(geometry, x, grad, grad_kernel);
  if constexpr (std::is_same_v<T, float>) {
    if (onednn_conv2d_backward_weights(geometry, x, grad, grad_kernel)) return;
  }
  if (is_depthwise(geometry)) return depthwise_conv2d_backward_weights(geometry, x, grad, grad_kernel);
  if (suits_direct_conv2d(geometry)) return direct_conv2d_backward_weights(geometry, x, grad, grad_kernel);
  im2col_conv2d_backward_weights(geometry, x, grad, grad_kernel);
}

#define XTAPE_INSTANTIATE(T)                                                           \
  template void conv2d(const Conv2dGeometry&, const T*, const T*, const T*, bool, T*); \
  template void conv2d_backward_data(const Conv2dGeometry&, const T*, const T*, T*);   \
  template void conv2d_backward_weights(const Conv2dGeometry&, const T*, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
