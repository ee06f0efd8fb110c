#include "kernels/convolution/conv2d_max_pool2d.hpp"

#include <algorithm>

#include "kernels/convolution/sparse_conv2d_backward.hpp"
#include "kernels/support/partial_sums.hpp"

namespace xtape::kernels {
namespace {

// What a few images' convolution outputs may take: half of a common second level cache.
constexpr int64_t output_bytes = 1 << 20;
// Multiply-adds before another thread pays.
constexpr int64_t grain = 1 << 18;

// The images [begin, end) of a convolution and the pooling over it.
struct Images {
  Images(const Conv2dGeometry& whole_conv, const Pool2dGeometry& whole_pool, int64_t begin, int64_t end)
      : conv(whole_conv),
        pool(whole_pool),
        x(begin * conv.height * conv.width * conv.in_channels),
        pooled(begin * pool.out_h * pool.out_w * pool.channels) {
    conv.batch = pool.batch = end - begin;
  }

  Conv2dGeometry conv;
  Pool2dGeometry pool;
  // Where they start in x and in the pooled output.
  int64_t x, pooled;
};

int64_t output_size(const Conv2dGeometry& g) { return g.out_h * g.out_w * g.out_channels; }

int64_t part_count(const Conv2dGeometry& g, int64_t per_thread) {
  return chunk_count(g.batch, g.out_h * g.out_w * kernel_size(g), grain, per_thread);
}

// Calls body(images, output) for a few of the images [begin, end) at a time, where `output` has room for what the
// convolution makes of them.
template <class T, class Body>
void for_few_images(const Conv2dGeometry& conv, const Pool2dGeometry& pool, int64_t begin, int64_t end,
                    const Body& body) {
  const int64_t image_bytes = std::max<int64_t>(1, output_size(conv) * static_cast<int64_t>(sizeof(T)));
  const int64_t at_once = std::clamp<int64_t>(output_bytes / image_bytes, 1, std::max<int64_t>(1, end - begin));
  const Workspace output(static_cast<size_t>(at_once * image_bytes));
  const int64_t turns = (end - begin + at_once - 1) / at_once;
  for (int64_t turn = 0; turn < turns; ++turn) {
    body(Images(conv, pool, begin + (end - begin) * turn / turns, begin + (end - begin) * (turn + 1) / turns),
         output.as<T>());
  }
}

}  // namespace

template <class T>
void conv2d_max_pool2d(const Conv2dMaxPool2d<T>& step) {
  const Conv2dGeometry& conv = step.conv;
  const Pool2dGeometry& pool = step.pool;
  for_each_chunk(conv.batch, part_count(conv, core::parts_per_thread), [&](int64_t, int64_t begin, int64_t end) {
    for_few_images<T>(conv, pool, begin, end, [&](const Images& images, T* output) {
      T* const out = step.out + images.pooled;
      conv2d<T>(images.conv, step.x + images.x, step.kernel, nullptr, false, output);
      max_pool2d(images.pool, output, out, step.indices ? step.indices + images.pooled : nullptr);
      bias_activation(step.activation, out, step.bias, images.pool.batch * pool.out_h * pool.out_w, pool.channels);
    });
  });
}

template <class T>
void conv2d_max_pool2d_backward(const Conv2dMaxPool2dBackward<T>& step) {
  const Conv2dGeometry& conv = step.conv;
  const Pool2dGeometry& pool = step.pool;
  if (suits_sparse_conv2d_backward(conv, pool)) return sparse_conv2d_backward(step);
  const int64_t size = step.grad_kernel ? kernel_size(conv) : 0;
  const int64_t parts = part_count(conv, sums_per_thread<T>(size));
  sum_of_chunks(conv.batch, parts, size, step.grad_kernel, [&](int64_t begin, int64_t end, T* sum) {
    const Workspace few_images_gradient(static_cast<size_t>(size) * sizeof(T));
    T* const gradient = few_images_gradient.as<T>();
    for_few_images<T>(conv, pool, begin, end, [&](const Images& images, T* output_gradient) {
      max_pool2d_backward(images.pool, step.grad + images.pooled, step.indices + images.pooled, output_gradient);
      if (step.grad_x) conv2d_backward_data<T>(images.conv, output_gradient, step.kernel, step.grad_x + images.x);
      if (!step.grad_kernel) return;
      conv2d_backward_weights<T>(images.conv, step.x + images.x, output_gradient, gradient);
      for (int64_t i = 0; i < size; ++i) sum[i] += gradient[i];
    });
  });
}

#define XTAPE_INSTANTIATE(T)                                  \
  template void conv2d_max_pool2d(const Conv2dMaxPool2d<T>&); \
  template void conv2d_max_pool2d_backward(const Conv2dMaxPool2dBackward<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
