#include "kernels/convolution/pool2d.hpp"

#include <cmath>
#include <limits>
#include <sstream>
#include <vector>
#include <xtape/threads.hpp>

#include "catch.hpp"
#include "kernels/conv2d_reference.hpp"

using namespace xtape;
using kernels::Pool2dGeometry;
using xtape::testing::sequence;

namespace {

// Calls visit(x index, out index, offset in the window) for each real cell of each window.
template <class Visit>
void visit_windows(const Pool2dGeometry& g, const Visit& visit) {
  for (int64_t n = 0; n < g.batch; ++n)
    for (int64_t oh = 0; oh < g.out_h; ++oh)
      for (int64_t ow = 0; ow < g.out_w; ++ow)
        for (int64_t i = 0; i < g.window_h; ++i)
          for (int64_t j = 0; j < g.window_w; ++j) {
            const int64_t h = oh * g.stride_h - g.pad_top + i, w = ow * g.stride_w - g.pad_left + j;
            if (h < 0 || h >= g.height || w < 0 || w >= g.width) continue;
            for (int64_t c = 0; c < g.channels; ++c)
              visit(((n * g.height + h) * g.width + w) * g.channels + c,
                    ((n * g.out_h + oh) * g.out_w + ow) * g.channels + c, i * g.window_w + j);
          }
}

const std::vector<Pool2dGeometry> cases = {
    {3, 26, 26, 32, 2, 2, 2, 2, 0, 0, 13, 13},  // the common one
    {2, 11, 11, 64, 2, 2, 2, 2, 0, 0, 5, 5},    // a last row and column that no window covers
    {2, 7, 9, 5, 3, 3, 2, 2, 1, 1, 4, 5},       // overlapping, padded, few channels
    {2, 8, 8, 19, 3, 2, 1, 1, 1, 0, 8, 8},      // every cell in several windows
    {1, 9, 9, 16, 2, 2, 3, 3, 0, 0, 3, 3},      // cells between the windows
    {1, 6, 5, 1, 6, 5, 1, 1, 0, 0, 1, 1},       // one window for the whole image
    {1, 4, 4, 33, 1, 1, 1, 1, 0, 0, 4, 4},      // windows of one cell
    {2, 5, 6, 40, 3, 3, 3, 3, 0, 0, 2, 2},      // 'same' padding at the far side only
};

std::string describe(const Pool2dGeometry& g) {
  std::ostringstream text;
  text << "x " << g.batch << 'x' << g.height << 'x' << g.width << 'x' << g.channels << ", window " << g.window_h << 'x'
       << g.window_w << ", stride " << g.stride_h << 'x' << g.stride_w << ", pad " << g.pad_top << ' ' << g.pad_left;
  return text.str();
}

template <class T>
void check_close(const std::vector<T>& got, const std::vector<double>& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = std::abs(static_cast<double>(got[i]) - expected[i]);
    if (!(error <= worst)) worst = error;
  }
  CHECK(worst <= (sizeof(T) == sizeof(float) ? 1e-6 : 1e-14));
}

}  // namespace

TEMPLATE_TEST_CASE("pooling equals its definition", "[kernels][pool2d]", float, double) {
  using T = TestType;
  const int before = get_num_threads();
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    for (const Pool2dGeometry& g : cases) {
      INFO(describe(g) << ", threads " << threads);
      const int64_t size = g.batch * g.height * g.width * g.channels;
      const int64_t out_size = g.batch * g.out_h * g.out_w * g.channels;
      // Few different values, so that windows hold equal ones.
      std::vector<double> x = sequence(size, 1);
      for (double& value : x) value = std::round(value * 4);
      const std::vector<double> grad = sequence(out_size, 2);
      std::vector<double> largest(out_size, -std::numeric_limits<double>::infinity()), mean(out_size, 0.0),
          count(out_size, 0.0), grad_max(size, 0.0), grad_mean(size, 0.0);
      std::vector<int64_t> where(out_size), offset(out_size);
      visit_windows(g, [&](int64_t i, int64_t o, int64_t tap) {
        if (x[i] > largest[o]) {
          largest[o] = x[i];
          where[o] = i;
          offset[o] = tap;
        }
        mean[o] += x[i];
        ++count[o];
      });
      for (int64_t o = 0; o < out_size; ++o) {
        mean[o] /= count[o];
        grad_max[where[o]] += grad[o];
      }
      visit_windows(g, [&](int64_t i, int64_t o, int64_t) { grad_mean[i] += grad[o] / count[o]; });

      const std::vector<T> tx(x.begin(), x.end()), tgrad(grad.begin(), grad.end());
      std::vector<T> out(out_size, T(-7)), back(size, T(-7));
      std::vector<uint8_t> indices(out_size, 255);
      std::vector<int32_t> wide_indices(out_size, -1);
      kernels::max_pool2d(g, tx.data(), out.data(), indices.data());
      check_close(out, largest);
      CHECK(std::vector<int64_t>(indices.begin(), indices.end()) == offset);
      out.assign(out_size, T(-7));
      kernels::max_pool2d(g, tx.data(), out.data(), wide_indices.data());
      check_close(out, largest);
      CHECK(std::vector<int64_t>(wide_indices.begin(), wide_indices.end()) == offset);
      out.assign(out_size, T(-7));
      kernels::max_pool2d<T, uint8_t>(g, tx.data(), out.data(), nullptr);
      check_close(out, largest);
      out.assign(out_size, T(-7));
      kernels::max_pool2d_pick(g, tx.data(), indices.data(), out.data());
      check_close(out, largest);
      kernels::max_pool2d_backward(g, tgrad.data(), indices.data(), back.data());
      check_close(back, grad_max);
      kernels::avg_pool2d(g, tx.data(), out.data());
      check_close(out, mean);
      kernels::avg_pool2d_backward(g, tgrad.data(), back.data());
      check_close(back, grad_mean);
    }
  }
  set_num_threads(before);
}

TEST_CASE("max_pool2d keeps NaN, the first of the window, and handles -inf", "[kernels][pool2d]") {
  const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
  // Two images of 2x2 with 17 channels: one vector and a rest on every instruction set.
  const Pool2dGeometry g{2, 2, 2, 17, 2, 2, 2, 2, 0, 0, 1, 1};
  std::vector<float> x(2 * 4 * 17, -infinity), out(2 * 17);
  std::vector<uint8_t> indices(2 * 17);
  for (int64_t c = 0; c < 17; ++c) {
    x[1 * 17 + c] = nan;
    x[2 * 17 + c] = 5;
  }
  kernels::max_pool2d(g, x.data(), out.data(), indices.data());
  for (int64_t c = 0; c < 17; ++c) {
    CHECK(std::isnan(out[c]));
    CHECK(indices[c] == 1);
    CHECK(out[17 + c] == -infinity);
    CHECK(indices[17 + c] == 0);
  }
}
