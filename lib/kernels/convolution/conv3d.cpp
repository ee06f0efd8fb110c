#include "kernels/convolution/conv3d.hpp"

#include <algorithm>
#include <xtape/threads.hpp>

#include "core/parallel.hpp"
#include "kernels/support/workspace.hpp"

namespace xtape::kernels {
namespace {

// What the folded planes that a thread works on at one time may take: they stay in the second level cache, beside the
// kernel and the outputs, until they are read.
constexpr int64_t folded_bytes = 1 << 19;
// Elements that a thread copies before another one pays.
constexpr int64_t copies_per_thread = 16 * 1024;

// The planes [first, last) of the outputs of all volumes, and the convolution of what they read: `folded`
// [planes, height, width, kernel_d * in_channels], in which each group has the channels of its taps side by side.
class FoldedPlanes {
 public:
  FoldedPlanes(const Conv3dGeometry& g, int64_t first, int64_t last) : g_(g), first_(first), conv_(g.plane) {
    conv_.batch = last - first;
    conv_.in_channels *= g.kernel_d;
  }

  const Conv2dGeometry& conv() const { return conv_; }
  int64_t out_offset() const { return first_ * g_.plane.out_h * g_.plane.out_w * g_.plane.out_channels; }

  template <class T>
  void gather(const T* x, T* folded) const {
    walk(
        [=](int64_t to, int64_t from, int64_t count) {
          for (int64_t i = 0; i < count; ++i) folded[to + i] = x[from + i];
        },
        [=](int64_t to, int64_t count) {
          for (int64_t i = 0; i < count; ++i) folded[to + i] = T(0);
        });
  }

  // Adds to x, of which several planes of an output may have read the same.
  template <class T>
  void scatter(const T* folded, T* x) const {
    walk(
        [=](int64_t from, int64_t to, int64_t count) {
          for (int64_t i = 0; i < count; ++i) x[to + i] += folded[from + i];
        },
        [](int64_t, int64_t) {});
  }

 private:
  // Calls span(offset in folded, offset in x, count) for cells inside the volume and gap(offset in folded, count) for
  // padding, in parallel: each row of a plane, in x as in `folded`, is one thread's.
  template <class Span, class Gap>
  void walk(const Span& span, const Gap& gap) const {
    const Conv2dGeometry& p = g_.plane;
    const int64_t in = p.in_channels / p.groups, pixel = conv_.in_channels, row = p.width * pixel;
    const int64_t rows = std::max<int64_t>(1, copies_per_thread / std::max<int64_t>(1, conv_.batch * row));
    core::parallel_for(p.height, rows, [&](int64_t begin, int64_t end) {
      for (int64_t plane = 0; plane < conv_.batch; ++plane) {
        const int64_t volume = (first_ + plane) / g_.out_d;
        const int64_t front = (first_ + plane) % g_.out_d * g_.stride_d - g_.pad_front;
        for (int64_t h = begin; h < end; ++h) {
          for (int64_t tap = 0; tap < g_.kernel_d; ++tap) {
            const int64_t d = front + tap * g_.dilation_d;
            const int64_t folded = (plane * p.height + h) * row + tap * in;
            const int64_t plain = ((volume * g_.depth + d) * p.height + h) * p.width * p.in_channels;
            const int64_t runs = p.width * p.groups;
            if (d >= 0 && d < g_.depth) {
              for (int64_t i = 0; i < runs; ++i) span(folded + i * g_.kernel_d * in, plain + i * in, in);
            } else {
              for (int64_t i = 0; i < runs; ++i) gap(folded + i * g_.kernel_d * in, in);
            }
          }
        }
      }
    });
  }

  const Conv3dGeometry& g_;
  int64_t first_;
  Conv2dGeometry conv_;
};

// Whether the planes of x are read as they are, by one output plane each.
bool is_flat(const Conv3dGeometry& g) { return g.kernel_d == 1 && g.stride_d == 1 && g.out_d == g.depth; }

Conv2dGeometry flat(const Conv3dGeometry& g) {
  Conv2dGeometry planes = g.plane;
  planes.batch *= g.depth;
  return planes;
}

// Calls body(planes, folded) for a few planes at a time, where `folded` has room for what they read.
template <class T, class Body>
void for_few_planes(const Conv3dGeometry& g, const Body& body) {
  const int64_t planes = g.plane.batch * g.out_d;
  const int64_t bytes = std::max<int64_t>(
      1, g.plane.height * g.plane.width * g.kernel_d * g.plane.in_channels * static_cast<int64_t>(sizeof(T)));
  const int64_t at_once =
      std::clamp<int64_t>(get_num_threads() * folded_bytes / bytes, 1, std::max<int64_t>(1, planes));
  const Workspace folded(static_cast<std::size_t>(at_once * bytes));
  const int64_t turns = (planes + at_once - 1) / at_once;
  for (int64_t turn = 0; turn < turns; ++turn) {
    body(FoldedPlanes(g, planes * turn / turns, planes * (turn + 1) / turns), folded.as<T>());
  }
}

// The kernel as the folded convolution has it, [kernel_h, kernel_w, kernel_d, in_channels / groups, out_channels], or
// back.
template <class T>
void fold_kernel(const Conv3dGeometry& g, const T* from, T* to, bool back) {
  const int64_t taps = g.plane.kernel_h * g.plane.kernel_w;
  const int64_t filters = g.plane.in_channels / g.plane.groups * g.plane.out_channels;
  for (int64_t d = 0; d < g.kernel_d; ++d) {
    for (int64_t tap = 0; tap < taps; ++tap) {
      const int64_t plain = (d * taps + tap) * filters, folded = (tap * g.kernel_d + d) * filters;
      std::copy_n(from + (back ? folded : plain), filters, to + (back ? plain : folded));
    }
  }
}

int64_t kernel_size(const Conv3dGeometry& g) { return g.kernel_d * kernel_size(g.plane); }

}  // namespace

template <class T>
void conv3d(const Conv3dGeometry& g, const T* x, const T* kernel, const T* bias, bool relu, T* out) {
  if (is_flat(g)) return conv2d(flat(g), x, kernel, bias, relu, out);
  const Workspace folded_kernel(static_cast<std::size_t>(kernel_size(g)) * sizeof(T));
  fold_kernel(g, kernel, folded_kernel.as<T>(), false);
  for_few_planes<T>(g, [&](const FoldedPlanes& planes, T* folded) {
    planes.gather(x, folded);
    conv2d<T>(planes.conv(), folded, folded_kernel.as<const T>(), bias, relu, out + planes.out_offset());
  });
}

template <class T>
void conv3d_backward_data(const Conv3dGeometry& g, const T* grad, const T* kernel, T* grad_x) {
  if (is_flat(g)) return conv2d_backward_data(flat(g), grad, kernel, grad_x);
  const Workspace folded_kernel(static_cast<std::size_t>(kernel_size(g)) * sizeof(T));
  fold_kernel(g, kernel, folded_kernel.as<T>(), false);
  const int64_t size = g.plane.batch * g.depth * g.plane.height * g.plane.width * g.plane.in_channels;
  std::fill_n(grad_x, size, T(0));
  for_few_planes<T>(g, [&](const FoldedPlanes& planes, T* folded) {
    conv2d_backward_data<T>(planes.conv(), grad + planes.out_offset(), folded_kernel.as<const T>(), folded);
    planes.scatter(folded, grad_x);
  });
}

template <class T>
void conv3d_backward_weights(const Conv3dGeometry& g, const T* x, const T* grad, T* grad_kernel) {
  if (is_flat(g)) return conv2d_backward_weights(flat(g), x, grad, grad_kernel);
  const int64_t size = kernel_size(g);
  const Workspace sums(static_cast<std::size_t>(size) * sizeof(T)), parts(static_cast<std::size_t>(size) * sizeof(T));
  T *const sum = sums.as<T>(), *const part = parts.as<T>();
  std::fill_n(sum, size, T(0));
  for_few_planes<T>(g, [&](const FoldedPlanes& planes, T* folded) {
    planes.gather(x, folded);
    conv2d_backward_weights<T>(planes.conv(), folded, grad + planes.out_offset(), part);
    for (int64_t i = 0; i < size; ++i) sum[i] += part[i];
  });
  fold_kernel(g, sum, grad_kernel, true);
}

#define XTAPE_INSTANTIATE(T)                                                           \
  template void conv3d(const Conv3dGeometry&, const T*, const T*, const T*, bool, T*); \
  template void conv3d_backward_data(const Conv3dGeometry&, const T*, const T*, T*);   \
  template void conv3d_backward_weights(const Conv3dGeometry&, const T*, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
