#include "kernels/convolution/sparse_conv2d_backward.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>
#include <xtape/threads.hpp>

#include "catch.hpp"
#include "kernels/conv2d_reference.hpp"

namespace {

using namespace xtape;
using namespace xtape::testing;
using kernels::Conv2dGeometry;
using kernels::Pool2dGeometry;

struct Case {
  Conv2dCase conv;
  int64_t window_h = 2, window_w = 2, stride_h = 2, stride_w = 2, pad = 0;
};

Pool2dGeometry pooling(const Case& c) {
  const Conv2dGeometry g = geometry_of(c.conv);
  const int64_t out_h = (g.out_h + 2 * c.pad - c.window_h) / c.stride_h + 1;
  const int64_t out_w = (g.out_w + 2 * c.pad - c.window_w) / c.stride_w + 1;
  return {g.batch,    g.out_h,    g.out_w, g.out_channels, c.window_h, c.window_w,
          c.stride_h, c.stride_w, c.pad,   c.pad,          out_h,      out_w};
}

const std::vector<Case> cases = {
    {{5, 13, 13, 32, 6, 3, 3}},                         // spans of whole vectors, blocks of three rows
    {{3, 9, 8, 64, 3, 3, 3}},                           // several blocks a span
    {{3, 10, 9, 16, 5, 5, 3}},                          // rows that are left over
    {{2, 12, 10, 80, 4, 4, 1}},                         // vectors that are left over
    {{3, 9, 9, 3, 7, 3, 3}},                            // spans that end inside a vector
    {{3, 8, 9, 1, 7, 4, 5}},                            // one channel
    {{2, 8, 8, 32, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}},   // padding
    {{2, 15, 17, 5, 4, 3, 2, 2, 3, 2, 1, 0, 2, 1, 0}},  // strides, dilated rows, uneven padding
    {{2, 3, 2, 2, 3, 2, 2, 1, 1, 1, 1, 3, 3, 4, 4}},    // windows entirely in the padding
    {{3, 11, 11, 16, 4, 3, 3}, 3, 3, 2, 2},             // a cell may be the largest of several windows
    {{3, 11, 11, 16, 4, 3, 3}, 4, 2, 4, 1},             // windows that are not square
    {{2, 20, 20, 16, 4, 1, 1}, 16, 16, 3, 3},           // the largest window whose taps fit into a byte
    {{2, 11, 12, 16, 4, 3, 3}, 3, 3, 2, 2, 1},          // pooling with padding
    {{40, 8, 8, 16, 32, 3, 3}},                         // several threads
};

template <class T>
double largest_error(const std::vector<T>& got, const std::vector<double>& expected) {
  double error = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(static_cast<double>(got[i]) - expected[i]) / (1 + std::abs(expected[i]));
    if (!(difference <= error)) error = difference;
  }
  return error;
}

}  // namespace

TEMPLATE_TEST_CASE("gradients of a pooled convolution equal those of its definition", "[kernels][conv2d]", float,
                   double) {
  using T = TestType;
  const int before = get_num_threads();
  const double tolerance = sizeof(T) == sizeof(float) ? 1e-5 : 1e-13;
  for (const Case& c : cases) {
    const Conv2dGeometry conv = geometry_of(c.conv);
    const Pool2dGeometry pool = pooling(c);
    INFO(describe(conv) << ", pooled by " << c.window_h << 'x' << c.window_w);
    const Conv2dSizes sizes = sizes_of(conv);
    const int64_t pooled = pool.batch * pool.out_h * pool.out_w * pool.channels;
    const std::vector<double> x = sequence(sizes.x, 1), kernel = sequence(sizes.kernel, 2);
    std::vector<double> grad = sequence(pooled, 3), draws = sequence(pooled, 4);
    std::vector<uint8_t> indices(pooled);
    std::vector<double> dense(sizes.out, 0.0), grad_x(sizes.x, 0.0), grad_kernel(sizes.kernel, 0.0);
    for (int64_t i = 0; i < pooled; ++i) {
      if (draws[i] < -0.3) grad[i] = 0;
      const int64_t o = i % pool.channels, pixel = i / pool.channels, image = pixel / (pool.out_h * pool.out_w);
      // A cell of the window, but none of the padding.
      const auto cell = static_cast<int64_t>((draws[i] + 1) / 2 * static_cast<double>(c.window_h * c.window_w));
      const int64_t top = pixel / pool.out_w % pool.out_h * c.stride_h - c.pad;
      const int64_t left = pixel % pool.out_w * c.stride_w - c.pad;
      const int64_t h = std::clamp<int64_t>(top + cell / c.window_w, 0, pool.height - 1);
      const int64_t w = std::clamp<int64_t>(left + cell % c.window_w, 0, pool.width - 1);
      indices[i] = static_cast<uint8_t>((h - top) * c.window_w + w - left);
      dense[((image * pool.height + h) * pool.width + w) * pool.channels + o] += grad[i];
    }
    visit_conv2d(conv, [&](int64_t i, int64_t k, int64_t o) {
      grad_x[i] += dense[o] * kernel[k];
      grad_kernel[k] += dense[o] * x[i];
    });

    const std::vector<T> tx(x.begin(), x.end()), tkernel(kernel.begin(), kernel.end()), tgrad(grad.begin(), grad.end());
    for (const int threads : {1, 2}) {
      set_num_threads(threads);
      std::vector<T> got_x(sizes.x, T(-7)), got_kernel(sizes.kernel, T(-7));
      const auto backward = [&](const T* x, const T* kernel, T* grad_x, T* grad_kernel) {
        kernels::sparse_conv2d_backward<T>({.conv = conv,
                                            .pool = pool,
                                            .x = x,
                                            .kernel = kernel,
                                            .grad = tgrad.data(),
                                            .indices = indices.data(),
                                            .grad_x = grad_x,
                                            .grad_kernel = grad_kernel});
      };
      backward(tx.data(), tkernel.data(), got_x.data(), got_kernel.data());
      CHECK(largest_error(got_x, grad_x) <= tolerance);
      CHECK(largest_error(got_kernel, grad_kernel) <= tolerance);
      std::vector<T> only_x(sizes.x, T(-7)), only_kernel(sizes.kernel, T(-7));
      backward(nullptr, tkernel.data(), only_x.data(), nullptr);
      backward(tx.data(), nullptr, nullptr, only_kernel.data());
      CHECK(only_x == got_x);
      CHECK(only_kernel == got_kernel);
    }
  }
  set_num_threads(before);
}

TEST_CASE("an infinite gradient reaches the cells of its window alone", "[kernels][conv2d]") {
  const Case c{{1, 9, 9, 3, 2, 3, 3}};
  const Conv2dGeometry conv = geometry_of(c.conv);
  const Conv2dSizes sizes = sizes_of(conv);
  const std::vector<float> kernel(sizes.kernel, 0.5f);
  std::vector<float> grad(3 * 3 * 2, 1.0f), grad_x(sizes.x);
  grad[(1 * 3 + 1) * 2] = std::numeric_limits<float>::infinity();
  const std::vector<uint8_t> indices(grad.size(), 0);
  kernels::sparse_conv2d_backward<float>({.conv = conv,
                                          .pool = pooling(c),
                                          .x = nullptr,
                                          .kernel = kernel.data(),
                                          .grad = grad.data(),
                                          .indices = indices.data(),
                                          .grad_x = grad_x.data(),
                                          .grad_kernel = nullptr});
  for (int64_t h = 0; h < 9; ++h)
    for (int64_t w = 0; w < 9; ++w) {
      INFO(h << ", " << w);
      CHECK(std::isinf(grad_x[(h * 9 + w) * 3]) == (h >= 2 && h < 5 && w >= 2 && w < 5));
      CHECK_FALSE(std::isnan(grad_x[(h * 9 + w) * 3]));
    }
}

TEST_CASE("sparse gradients are for coarse pooling of enough channels", "[kernels][conv2d]") {
  const auto suits = [](const Case& c) { return suits_sparse_conv2d_backward(geometry_of(c.conv), pooling(c)); };
  CHECK(suits({{128, 13, 13, 32, 64, 3, 3}}));
  CHECK(suits({{8, 32, 32, 64, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}}));
  CHECK_FALSE(suits({{128, 28, 28, 1, 32, 3, 3}}));                            // vectors nearly empty
  CHECK_FALSE(suits({{8, 13, 13, 32, 64, 3, 3}, 2, 2, 1, 1}));                 // a gradient for every output
  CHECK_FALSE(suits({{8, 13, 13, 32, 64, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0, 2}}));  // groups
  CHECK_FALSE(suits({{8, 13, 13, 32, 64, 3, 3, 1, 1, 1, 2}}));                 // taps apart
}
