#include "kernels/convolution/sparse_conv2d_backward.hpp"

#include <algorithm>
#include <limits>

#include "kernels/copy/copy.hpp"
#include "kernels/simd/convolution/sparse_conv2d_backward.hpp"
#include "kernels/support/partial_sums.hpp"

namespace xtape::kernels {
namespace {

// Products computed by a thread before another one pays.
constexpr int64_t products_per_thread = 1 << 18;

int64_t span_of(const Conv2dGeometry& g) { return g.kernel_w * g.in_channels; }

// An image with its padding.
class Frame {
 public:
  explicit Frame(const Conv2dGeometry& g)
      : height_(g.height),
        row_(g.width * g.in_channels),
        framed_row_((g.pad_left + g.width + g.pad_right) * g.in_channels),
        start_(g.pad_top * framed_row_ + g.pad_left * g.in_channels),
        size_((g.pad_top + g.height + g.pad_bottom) * framed_row_) {}

  int64_t row() const { return framed_row_; }
  int64_t size() const { return size_; }
  int64_t image_size() const { return height_ * row_; }
  // Whether it is the image as it is.
  bool is_image() const { return size_ == image_size(); }

  template <class T>
  void put(const T* image, T* framed) const {
    for (int64_t h = 0; h < height_; ++h) std::copy_n(image + h * row_, row_, framed + start_ + h * framed_row_);
  }

  template <class T>
  void take(const T* framed, T* image) const {
    for (int64_t h = 0; h < height_; ++h) std::copy_n(framed + start_ + h * framed_row_, row_, image + h * row_);
  }

 private:
  int64_t height_, row_, framed_row_, start_, size_;
};

// The gradients that pooling passes on, gathered by channel, one image at a time.
template <class T>
class GradientLists {
 public:
  GradientLists(const Conv2dGeometry& conv, const Pool2dGeometry& pool, int64_t row)
      : conv_(conv),
        pool_(pool),
        row_(row),
        room_(pool.out_h * pool.out_w),
        values_(static_cast<std::size_t>(room_ * pool.channels) * sizeof(T)),
        windows_(static_cast<std::size_t>(room_ * pool.channels) * sizeof(int32_t)),
        counts_(static_cast<std::size_t>(pool.channels) * sizeof(int32_t)) {
    for (int64_t tap = 0; tap < pool.window_h * pool.window_w; ++tap)
      taps_[tap] = static_cast<int32_t>(window_start(tap / pool.window_w, tap % pool.window_w));
  }

  SparseGradient<T> gather(const T* grad, const uint8_t* indices) {
    T* const values = values_.template as<T>();
    int32_t *const windows = windows_.template as<int32_t>(), *const counts = counts_.template as<int32_t>();
    std::fill_n(counts, pool_.channels, 0);
    for (int64_t h = 0; h < pool_.out_h; ++h) {
      for (int64_t w = 0; w < pool_.out_w; ++w, grad += pool_.channels, indices += pool_.channels) {
        const auto corner =
            static_cast<int32_t>(window_start(h * pool_.stride_h - pool_.pad_top, w * pool_.stride_w - pool_.pad_left));
        for (int64_t o = 0; o < pool_.channels; ++o) {  // without branches, which would be hard to foresee
          const int64_t at = o * room_ + counts[o];
          values[at] = grad[o];
          windows[at] = corner + taps_[indices[o]];
          counts[o] += grad[o] != 0;
        }
      }
    }
    return {values, windows, counts, pool_.channels, room_};
  }

 private:
  // Where the window of the convolution's output (h, w) starts.
  int64_t window_start(int64_t h, int64_t w) const {
    return h * conv_.stride_h * row_ + w * conv_.stride_w * conv_.in_channels;
  }

  const Conv2dGeometry& conv_;
  const Pool2dGeometry& pool_;
  int64_t row_, room_;
  Workspace values_, windows_, counts_;
  int32_t taps_[256];
};

// Copies a kernel into spans, [out_channels, kernel_h, span], or back.
template <class T>
void copy_spans(const Conv2dGeometry& g, const T* from, T* to, bool back) {
  const int64_t sizes[] = {g.out_channels, g.kernel_h, span_of(g)};
  const int64_t kernel[] = {1, span_of(g) * g.out_channels, g.out_channels};
  const int64_t spans[] = {g.kernel_h * span_of(g), span_of(g), 1};
  copy_strided(collapse<2>(3, sizes, {back ? spans : kernel, back ? kernel : spans}), from, to, sizeof(T));
}

}  // namespace

bool suits_sparse_conv2d_backward(const Conv2dGeometry& conv, const Pool2dGeometry& pool) {
  if (conv.groups != 1 || conv.dilation_w != 1 || Frame(conv).size() > std::numeric_limits<int32_t>::max())
    return false;
  // A product costs more where its operands are not in registers; spans are read as whole vectors.
  constexpr int64_t cost = 2, vector = 16;
  const int64_t span = span_of(conv), whole = (span + vector - 1) / vector * vector;
  return cost * pool.out_h * pool.out_w * whole <= conv.out_h * conv.out_w * span;
}

template <class T>
void sparse_conv2d_backward(const Conv2dMaxPool2dBackward<T>& step) {
  const Conv2dGeometry& conv = step.conv;
  const Pool2dGeometry& pool = step.pool;
  T *const grad_x = step.grad_x, *const grad_kernel = step.grad_kernel;
  const Frame frame(conv);
  const WindowSpans window{conv.kernel_h, conv.dilation_h * frame.row(), span_of(conv)};
  const int64_t size = conv.out_channels * window.rows * window.span, pooled = pool.out_h * pool.out_w;
  const Workspace weights(grad_x ? static_cast<std::size_t>(size) * sizeof(T) : 0);
  const Workspace weights_sum(grad_kernel ? static_cast<std::size_t>(size) * sizeof(T) : 0);
  if (grad_x) copy_spans(conv, step.kernel, weights.as<T>(), false);
  sum_of_chunks(
      conv.batch,
      chunk_count(conv.batch, pooled * size, products_per_thread, sums_per_thread<T>(grad_kernel ? size : 0)),
      grad_kernel ? size : 0, weights_sum.as<T>(), [&](int64_t begin, int64_t end, T* sum) {
        GradientLists<T> lists(conv, pool, frame.row());
        const Workspace framed(frame.is_image() ? 0 : static_cast<std::size_t>(frame.size()) * sizeof(T));
        T* const inner = framed.as<T>();
        for (int64_t image = begin; image < end; ++image) {
          const int64_t first = image * pooled * pool.channels;
          const SparseGradient<T> gradient = lists.gather(step.grad + first, step.indices + first);
          if (grad_kernel) {
            const T* from = step.x + image * frame.image_size();
            if (inner) {
              std::fill_n(inner, frame.size(), T(0));
              frame.put(from, inner);
              from = inner;
            }
            XTAPE_DISPATCH(sparse_conv2d_backward_weights(gradient, window, from, sum));
          }
          if (grad_x) {
            T* const to = grad_x + image * frame.image_size();
            std::fill_n(inner ? inner : to, frame.size(), T(0));
            XTAPE_DISPATCH(sparse_conv2d_backward_data(gradient, window, weights.as<const T>(), inner ? inner : to));
            if (inner) frame.take(inner, to);
          }
        }
      });
  if (grad_kernel) copy_spans(conv, weights_sum.as<const T>(), grad_kernel, true);
}

#define XTAPE_INSTANTIATE(T) template void sparse_conv2d_backward(const Conv2dMaxPool2dBackward<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
