#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

namespace xtape::kernels {

// The gradients of a convolution's outputs over one image that are not zero: those of channel o are
// values[o * room + i], for windows that start windows[o * room + i] elements into the image, i < counts[o].
template <class T>
struct SparseGradient {
  const T* values;
  const int32_t* windows;
  const int32_t* counts;
  int64_t channels, room;
};

// What a window covers: `rows` spans of `span` elements, `step` elements apart in the image. The kernel and its
// gradient lie as [channels, rows, span].
struct WindowSpans {
  int64_t rows, step, span;
};

// Adds the gradient of the kernel over one image to `sum`.
XTAPE_DECLARE_KERNEL(template <class T> void sparse_conv2d_backward_weights(const SparseGradient<T>& gradient,
                                                                            const WindowSpans& window, const T* image,
                                                                            T* sum))
// Adds the gradient of one image to `sum`.
XTAPE_DECLARE_KERNEL(template <class T> void sparse_conv2d_backward_data(const SparseGradient<T>& gradient,
                                                                         const WindowSpans& window, const T* kernel,
                                                                         T* sum))

}  // namespace xtape::kernels
