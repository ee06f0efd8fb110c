#include "kernels/convolution/conv3d.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>
#include <xtape/threads.hpp>

#include "catch.hpp"
#include "kernels/conv2d_reference.hpp"

using namespace xtape;
using kernels::Conv3dGeometry;
using xtape::testing::geometry_of;
using xtape::testing::sequence;

namespace {

struct Depth {
  int64_t length, taps, stride = 1, dilation = 1, front = 0, back = 0;
};

Conv3dGeometry geometry(const Depth& d, const xtape::testing::Conv2dCase& plane) {
  const int64_t count = (d.length + d.front + d.back - (d.taps - 1) * d.dilation - 1) / d.stride + 1;
  return {geometry_of(plane), d.length, d.taps, d.stride, d.dilation, d.front, d.back, count};
}

const std::vector<Conv3dGeometry> cases = {
    geometry({4, 2}, {2, 5, 6, 3, 4, 3, 2}),
    geometry({5, 3, 1, 1, 1, 1}, {1, 6, 7, 8, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}),
    geometry({7, 3, 2, 1, 1, 1}, {2, 6, 5, 4, 3, 2, 3, 2, 1}),
    geometry({6, 2, 1, 3}, {1, 5, 5, 2, 3, 2, 2, 1, 1, 2, 1}),
    geometry({5, 2, 3}, {2, 4, 4, 2, 2, 1, 1}),                                      // planes that no window reads
    geometry({4, 1}, {2, 5, 5, 3, 4, 3, 3}),                                         // no taps along the depth
    geometry({5, 1, 2}, {1, 4, 5, 3, 4, 2, 2}),                                      // every second plane
    geometry({3, 2, 1, 1, 1, 0}, {1, 4, 4, 6, 4, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 2}),  // groups
    geometry({3, 3, 1, 1, 1, 1}, {1, 4, 4, 3, 6, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 3}),
    geometry({16, 3, 1, 1, 1, 1}, {2, 40, 40, 24, 2, 2, 2}),  // several turns
    geometry({3, 2}, {0, 3, 3, 2, 2, 2, 2}),                  // nothing
    geometry({3, 2}, {1, 3, 3, 0, 2, 2, 2}),
};

std::string describe(const Conv3dGeometry& g) {
  std::ostringstream text;
  text << xtape::testing::describe(g.plane) << "; depth " << g.depth << ", taps " << g.kernel_d << ", stride "
       << g.stride_d << ", dilation " << g.dilation_d << ", pad " << g.pad_front << ' ' << g.pad_back;
  return text.str();
}

// Calls visit(x index, kernel index, out index) for every product in the convolution's definition: that of planes, for
// each tap along the depth.
template <class Visit>
void visit_conv3d(const Conv3dGeometry& g, const Visit& visit) {
  kernels::Conv2dGeometry plane = g.plane;
  plane.batch = 1;
  const auto size = xtape::testing::sizes_of(plane);
  for (int64_t n = 0; n < g.plane.batch; ++n)
    for (int64_t d = 0; d < g.out_d; ++d)
      for (int64_t tap = 0; tap < g.kernel_d; ++tap) {
        const int64_t from = d * g.stride_d - g.pad_front + tap * g.dilation_d;
        if (from < 0 || from >= g.depth) continue;
        xtape::testing::visit_conv2d(plane, [&](int64_t i, int64_t k, int64_t o) {
          visit((n * g.depth + from) * size.x + i, tap * size.kernel + k, (n * g.out_d + d) * size.out + o);
        });
      }
}

template <class T>
std::vector<T> cast(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

template <class T>
void check_close(const std::vector<T>& got, const std::vector<double>& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = std::abs(static_cast<double>(got[i]) - expected[i]) / (1 + std::abs(expected[i]));
    if (!(error <= worst)) worst = error;
  }
  CHECK(worst <= (sizeof(T) == sizeof(float) ? 2e-4 : 1e-12));
}

}  // namespace

TEMPLATE_TEST_CASE("conv3d and its gradients equal the definition", "[kernels][conv3d]", float, double) {
  using T = TestType;
  const int before = get_num_threads();
  for (const Conv3dGeometry& g : cases) {
    INFO(describe(g));
    const auto plane = xtape::testing::sizes_of(g.plane);
    const auto x = cast<T>(sequence(plane.x * g.depth, 1)), kernel = cast<T>(sequence(plane.kernel * g.kernel_d, 2)),
               bias = cast<T>(sequence(g.plane.out_channels, 3)), grad = cast<T>(sequence(plane.out * g.out_d, 4));
    std::vector<double> out(grad.size(), 0.0), grad_x(x.size(), 0.0), grad_kernel(kernel.size(), 0.0);
    visit_conv3d(g, [&](int64_t i, int64_t k, int64_t o) {
      out[o] += static_cast<double>(x[i]) * kernel[k];
      grad_x[i] += static_cast<double>(grad[o]) * kernel[k];
      grad_kernel[k] += static_cast<double>(grad[o]) * x[i];
    });
    std::vector<double> biased_relu = out;
    for (std::size_t i = 0; i < out.size(); ++i) {
      biased_relu[i] = std::max(out[i] + bias[i % bias.size()], 0.0);
    }
    for (const int threads : {1, 2, 3}) {
      INFO("threads " << threads);
      set_num_threads(threads);
      // Results start as garbage: everything must be written.
      std::vector<T> y(out.size(), T(-7)), to_x(x.size(), T(-7)), to_kernel(kernel.size(), T(-7));
      kernels::conv3d<T>(g, x.data(), kernel.data(), nullptr, false, y.data());
      check_close(y, out);
      kernels::conv3d<T>(g, x.data(), kernel.data(), bias.data(), true, y.data());
      check_close(y, biased_relu);
      kernels::conv3d_backward_data<T>(g, grad.data(), kernel.data(), to_x.data());
      check_close(to_x, grad_x);
      kernels::conv3d_backward_weights<T>(g, x.data(), grad.data(), to_kernel.data());
      check_close(to_kernel, grad_kernel);
    }
  }
  set_num_threads(before);
}
