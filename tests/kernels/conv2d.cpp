#include "kernels/convolution/conv2d.hpp"

#include <cmath>
#include <string>
#include <vector>
#include <xtape/threads.hpp>

#include "catch.hpp"
#include "kernels/conv2d_reference.hpp"
#include "kernels/convolution/depthwise_conv2d.hpp"
#include "kernels/convolution/direct_conv2d.hpp"
#include "kernels/convolution/im2col_conv2d.hpp"

namespace {

using namespace xtape;
using namespace xtape::testing;
using kernels::Conv2dGeometry;

const std::vector<Conv2dCase> cases = {
    {2, 9, 8, 1, 32, 3, 3},                               // one channel, as in the first layer
    {3, 7, 9, 16, 32, 3, 3},                              // channels that fill vectors
    {2, 6, 7, 5, 7, 3, 2},                                // odd channels, a kernel that is not square
    {1, 5, 5, 3, 4, 3, 3},                                // a single image
    {2, 8, 8, 4, 6, 3, 3, 2, 2, 1, 1, 0, 1, 0, 1},        // 'same' at stride 2: more padding at the far side
    {2, 8, 9, 4, 6, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1},        // strides that differ
    {2, 8, 8, 4, 6, 1, 1, 3, 3},                          // a kernel smaller than its stride
    {2, 9, 10, 3, 8, 3, 3, 1, 1, 2, 3, 2, 2, 3, 3},       // dilations that differ
    {2, 9, 9, 3, 8, 2, 3, 2, 1, 2, 2, 1, 0, 0, 2},        // all at once
    {2, 6, 6, 8, 5, 1, 1},                                // 1x1
    {1, 4, 4, 2, 3, 4, 4},                                // the kernel covers the image
    {1, 3, 3, 2, 3, 5, 5, 1, 1, 1, 1, 2, 2, 2, 2},        // the kernel is larger than the image
    {2, 3, 2, 2, 3, 2, 2, 1, 1, 1, 1, 3, 3, 4, 4},        // windows entirely in the padding
    {2, 7, 7, 6, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 3},     // groups
    {2, 7, 7, 32, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 2},   // groups that fill vectors
    {2, 8, 7, 5, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 5},     // depthwise
    {2, 8, 7, 40, 40, 3, 3, 2, 2, 1, 1, 0, 1, 1, 1, 40},  // depthwise, strided
    {2, 9, 9, 16, 16, 3, 3, 1, 1, 2, 2, 2, 2, 2, 2, 16},  // depthwise, dilated
    {2, 6, 6, 4, 12, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 4},    // depthwise with a multiplier
    {40, 13, 13, 8, 16, 3, 3},                            // several blocks of rows for each thread
    {2, 12, 13, 3, 35, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1},     // colour images; channels of whole vectors and a rest
    {2, 21, 23, 3, 64, 7, 7, 2, 2, 1, 1, 2, 3, 3, 3},     // the first layer of a residual network
    {3, 1, 17, 1, 20, 1, 5, 1, 1, 1, 1, 0, 0, 2, 2},      // rows of one pixel's height
    {3, 17, 1, 2, 20, 3, 1, 2, 1, 1, 1, 1, 1},            // columns of one pixel's width
    {1, 5, 1100, 1, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1},     // wide rows
    {1, 60, 30, 2, 40, 2, 2},                             // many windows with the same taps
    {2, 8, 9, 3, 17, 3, 3, 3, 2, 2, 3, 2, 3, 3, 4},       // padding, strides and dilations that all differ
    {2, 6, 7, 8, 9, 2, 3, 1, 1, 1, 1, 4, 3, 5, 4},        // more padding than the kernel's reach
    {2, 7, 8, 12, 20, 3, 3, 1, 1, 2, 1, 2, 2, 1, 1, 4},   // groups, dilated
    {1, 6, 6, 30, 30, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1},      // more products a sum than the direct kernels take
    // Enough work to give threads some of the images, or of the rows of one.
    {5, 14, 15, 16, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1},
    {1, 26, 27, 8, 24, 3, 3, 1, 1, 1, 1, 2, 1, 1, 0},
    {1, 29, 30, 8, 24, 5, 3, 1, 1, 2, 1, 7, 8, 1, 1},
    {2, 41, 30, 8, 16, 3, 5, 2, 1, 1, 1, 0, 1, 2, 2},
    {1, 47, 21, 8, 32, 2, 3, 3, 1, 2, 1, 1, 2, 0, 1},
    {1, 26, 27, 8, 24, 3, 3, 1, 1, 1, 1, 4, 5, 1, 1},  // more padding than the kernel's reach
    {1, 26, 27, 16, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 2},
    // Columns of one long row.
    {1, 1, 1500, 8, 24, 1, 5, 1, 1, 1, 1, 0, 0, 2, 2},
    {1, 1, 1501, 16, 32, 1, 3, 1, 2, 1, 1, 0, 0, 2, 0},
    {1, 1, 1500, 16, 32, 1, 3, 1, 1, 1, 4, 0, 0, 8, 0},
    {1, 60, 80, 32, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 32},
    {1, 48, 48, 32, 64, 1, 1, 2, 2},
};

template <class T>
std::vector<T> cast(const std::vector<double>& values) {
  return std::vector<T>(values.begin(), values.end());
}

template <class T>
void check_close(const std::vector<T>& got, const std::vector<double>& expected) {
  const double tolerance = sizeof(T) == sizeof(float) ? 2e-5 : 1e-12;
  double worst = 0, largest = 1;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = std::abs(static_cast<double>(got[i]) - expected[i]);
    if (!(error <= worst)) worst = error;
    largest = std::max(largest, std::abs(expected[i]));
  }
  CHECK(worst <= tolerance * largest);
}

// What each pass of a case gives by its definition, from the same numbers.
struct Expected {
  Conv2dGeometry geometry;
  std::vector<double> x, kernel, bias, grad, out, biased_relu, grad_x, grad_kernel;

  explicit Expected(const Conv2dCase& c) : geometry(geometry_of(c)) {
    const Conv2dSizes size = sizes_of(geometry);
    x = sequence(size.x, 1), kernel = sequence(size.kernel, 2), bias = sequence(geometry.out_channels, 3),
    grad = sequence(size.out, 4);
    out.resize(size.out), grad_x.resize(size.x), grad_kernel.resize(size.kernel);
    visit_conv2d(geometry, [&](int64_t i, int64_t k, int64_t o) {
      out[o] += x[i] * kernel[k];
      grad_x[i] += grad[o] * kernel[k];
      grad_kernel[k] += x[i] * grad[o];
    });
    biased_relu = out;
    for (int64_t o = 0; o < size.out; ++o) biased_relu[o] = std::max(0.0, out[o] + bias[o % geometry.out_channels]);
  }
};

// Made once, which emulated CPUs take long for.
const std::vector<Expected>& all_expected() {
  static const std::vector<Expected> all(cases.begin(), cases.end());
  return all;
}

// An implementation of all passes or, where the others are null, of some, for the geometries that suit it.
template <class T>
struct Convolution {
  void (*forward)(const Conv2dGeometry&, const T*, const T*, const T*, bool, T*);
  void (*backward_data)(const Conv2dGeometry&, const T*, const T*, T*);
  void (*backward_weights)(const Conv2dGeometry&, const T*, const T*, T*);
  bool (*suits)(const Conv2dGeometry&) = [](const Conv2dGeometry&) { return true; };
};

template <class T>
void check_all(const Convolution<T>& convolution) {
  for (const Expected& expected : all_expected()) {
    const Conv2dGeometry& g = expected.geometry;
    if (!convolution.suits(g)) continue;
    INFO(describe(g));
    // Results start as garbage: everything must be written.
    std::vector<T> out(expected.out.size(), T(-7)), grad_x(expected.x.size(), T(-7)),
        grad_kernel(expected.kernel.size(), T(-7));
    const auto x = cast<T>(expected.x), kernel = cast<T>(expected.kernel), bias = cast<T>(expected.bias),
               grad = cast<T>(expected.grad);
    if (convolution.forward) {
      convolution.forward(g, x.data(), kernel.data(), nullptr, false, out.data());
      check_close(out, expected.out);
      convolution.forward(g, x.data(), kernel.data(), bias.data(), true, out.data());
      check_close(out, expected.biased_relu);
    }
    if (convolution.backward_data) {
      convolution.backward_data(g, grad.data(), kernel.data(), grad_x.data());
      check_close(grad_x, expected.grad_x);
    }
    if (convolution.backward_weights) {
      convolution.backward_weights(g, x.data(), grad.data(), grad_kernel.data());
      check_close(grad_kernel, expected.grad_kernel);
    }
  }
}

const auto thread_counts = {1, 2, 3};

}  // namespace

TEST_CASE("conv2d and its gradients equal the definition", "[kernels][conv2d]") {
  const int before = get_num_threads();
  for (const int threads : thread_counts) {
    INFO("threads " << threads);
    set_num_threads(threads);
    check_all<float>({kernels::conv2d, kernels::conv2d_backward_data, kernels::conv2d_backward_weights});
    check_all<double>({kernels::conv2d, kernels::conv2d_backward_data, kernels::conv2d_backward_weights});
  }
  set_num_threads(before);
}

TEMPLATE_TEST_CASE("each convolution of our own equals the definition", "[kernels][conv2d]", float, double) {
  using T = TestType;
  const int before = get_num_threads();
  for (const int threads : thread_counts) {
    INFO("threads " << threads);
    set_num_threads(threads);
    check_all<T>(
        {kernels::im2col_conv2d, kernels::im2col_conv2d_backward_data, kernels::im2col_conv2d_backward_weights});
    check_all<T>({kernels::depthwise_conv2d, kernels::depthwise_conv2d_backward_data,
                  kernels::depthwise_conv2d_backward_weights, kernels::is_depthwise});
    check_all<T>(
        {kernels::direct_conv2d, nullptr, kernels::direct_conv2d_backward_weights, kernels::suits_direct_conv2d});
    check_all<T>({nullptr, kernels::direct_conv2d_backward_data, nullptr, kernels::suits_direct_conv2d_backward_data});
  }
  set_num_threads(before);
}

TEST_CASE("conv2d gives the same bits on every run", "[kernels][conv2d]") {
  const Conv2dGeometry g = geometry_of({40, 13, 13, 8, 16, 3, 3});
  const Conv2dSizes size = sizes_of(g);
  const auto x = cast<float>(sequence(size.x, 1)), grad = cast<float>(sequence(size.out, 4));
  std::vector<float> first(size.kernel), again(size.kernel);
  kernels::conv2d_backward_weights(g, x.data(), grad.data(), first.data());
  kernels::conv2d_backward_weights(g, x.data(), grad.data(), again.data());
  CHECK(first == again);
}

TEST_CASE("conv2d keeps NaN through relu", "[kernels][conv2d]") {
  const Conv2dGeometry g = geometry_of({1, 3, 3, 1, 1, 3, 3});
  std::vector<float> x(9, 1.0f), kernel(9, 1.0f), bias(1, 0.0f), out(1);
  x[4] = std::nanf("");
  for (const auto forward : {kernels::im2col_conv2d<float>, kernels::direct_conv2d<float>}) {
    out[0] = 0;
    forward(g, x.data(), kernel.data(), bias.data(), true, out.data());
    CHECK(std::isnan(out[0]));
  }
}

TEST_CASE("convolutions inside a caller's own parallel region", "[kernels][conv2d]") {
  // A shape of its own, so that its passes are prepared inside the region.
  const Conv2dGeometry g = geometry_of({2, 21, 17, 32, 32, 3, 3});
  const Conv2dSizes size = sizes_of(g);
  const std::vector<double> values = sequence(std::max(size.x, size.out), 1);
  const std::vector<float> x(values.begin(), values.begin() + size.x),
      kernel(values.begin(), values.begin() + size.kernel), grad(values.begin(), values.begin() + size.out);
  std::vector<std::vector<float>> outs(2, std::vector<float>(size.out)), sums(2, std::vector<float>(size.kernel)),
      images(2, std::vector<float>(size.x));
#pragma omp parallel for num_threads(2) schedule(static, 1)
  for (int caller = 0; caller < 2; ++caller) {
    kernels::conv2d<float>(g, x.data(), kernel.data(), nullptr, false, outs[caller].data());
    kernels::conv2d_backward_weights<float>(g, x.data(), grad.data(), sums[caller].data());
    kernels::conv2d_backward_data<float>(g, grad.data(), kernel.data(), images[caller].data());
  }
  CHECK(outs[0] == outs[1]);
  CHECK(sums[0] == sums[1]);
  CHECK(images[0] == images[1]);
  std::vector<double> expected(size.kernel, 0.0);
  visit_conv2d(g, [&](int64_t i, int64_t k, int64_t o) { expected[k] += static_cast<double>(x[i]) * grad[o]; });
  for (int64_t i = 0; i < size.kernel; ++i) REQUIRE(sums[0][i] == Approx(expected[i]).margin(1e-3));
}

TEST_CASE("convolutions give the same bits whichever threads are free", "[kernels][conv2d]") {
  const int before = get_num_threads();
  set_num_threads(3);
  // Many images, and one of many rows.
  const int64_t batch = GENERATE(8, 1);
  const bool direct = GENERATE(false, true);
  const Conv2dGeometry g = geometry_of({batch, 54, 26, 8, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1});
  const Conv2dSizes size = sizes_of(g);
  const auto x = cast<float>(sequence(size.x, 1)), kernel = cast<float>(sequence(size.kernel, 2)),
             grad = cast<float>(sequence(size.out, 4));
  struct Results {
    std::vector<float> out, grad_x, grad_kernel;
  };
  const auto run = [&] {
    Results results{std::vector<float>(size.out), std::vector<float>(size.x), std::vector<float>(size.kernel)};
    (direct ? kernels::direct_conv2d<float> : kernels::conv2d<float>)(g, x.data(), kernel.data(), nullptr, false,
                                                                      results.out.data());
    (direct ? kernels::direct_conv2d_backward_data<float>
            : kernels::conv2d_backward_data<float>)(g, grad.data(), kernel.data(), results.grad_x.data());
    (direct ? kernels::direct_conv2d_backward_weights<float>
            : kernels::conv2d_backward_weights<float>)(g, x.data(), grad.data(), results.grad_kernel.data());
    return results;
  };
  const Results outside = run();
  std::vector<Results> inside(2);
#pragma omp parallel for num_threads(2) schedule(static, 1)
  for (int caller = 0; caller < 2; ++caller) inside[caller] = run();
  for (const Results& results : inside) {
    CHECK(results.out == outside.out);
    CHECK(results.grad_x == outside.grad_x);
    CHECK(results.grad_kernel == outside.grad_kernel);
  }
  set_num_threads(before);
}
