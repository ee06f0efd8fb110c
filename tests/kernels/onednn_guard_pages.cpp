// oneDNN's kernels with each array and the scratchpad between pages that cannot be touched, on random shapes. A library
// that writes outside of its memory is the worst of faults: it shows elsewhere. What was found is in
// docs/reliability.md; tests/reliability/hunt_onednn.sh looks further, with more shapes than these.
#include <omp.h>

#include <cmath>
#include <cstdlib>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "kernels/conv2d_reference.hpp"
#include "guarded_memory.hpp"
#include "kernels/onednn/conv2d_plan.hpp"
#include "kernels/onednn/gemm.hpp"

namespace {

using namespace xtape;
using namespace xtape::testing;
using kernels::Conv2dGeometry;
using Pass = kernels::ConvolutionPass;

// The seeds of the shapes: "first count" in the environment variable XTAPE_HUNT, or a few hundred.
struct Seeds {
  uint64_t first = 1, count = 250;

  Seeds() {
    if (const char* text = std::getenv("XTAPE_HUNT")) std::istringstream(text) >> first >> count;
  }
};

// The same numbers from one seed everywhere.
class Dice {
 public:
  explicit Dice(uint64_t seed) : numbers_(seed) {}
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(numbers_() % static_cast<uint64_t>(high - low + 1));
  }
  bool one_in(int64_t n) { return between(1, n) == 1; }

 private:
  std::mt19937_64 numbers_;
};

// Few channels, which leave vectors partly empty, some more, and whole vectors of them.
int64_t random_channels(Dice& dice) {
  switch (dice.between(0, 2)) {
    case 0:
      return dice.between(1, 8);
    case 1:
      return dice.between(1, 50);
    default:
      return 8 * dice.between(1, 8);
  }
}

Conv2dGeometry random_geometry(Dice& dice) {
  while (true) {
    Conv2dCase c{};
    c.batch = dice.between(1, 3);
    c.height = dice.between(1, 20), c.width = dice.between(1, 20);
    const bool pointwise = dice.one_in(3);
    c.kernel_h = pointwise ? 1 : dice.between(1, 5), c.kernel_w = pointwise ? 1 : dice.between(1, 5);
    c.stride_h = dice.between(1, 3), c.stride_w = dice.one_in(2) ? c.stride_h : dice.between(1, 3);
    c.dilation_h = dice.one_in(3) ? dice.between(1, 3) : 1, c.dilation_w = dice.one_in(3) ? dice.between(1, 3) : 1;
    if (dice.one_in(2)) {
      for (int64_t* side : {&c.top, &c.bottom}) *side = dice.between(0, c.kernel_h * c.dilation_h);
      for (int64_t* side : {&c.left, &c.right}) *side = dice.between(0, c.kernel_w * c.dilation_w);
    }
    c.groups = dice.one_in(3) ? dice.between(2, 20) : 1;
    const bool depthwise = c.groups > 1 && dice.one_in(2);
    c.in = c.groups * (depthwise ? 1 : random_channels(dice)),
    c.out = c.groups * (depthwise ? 1 : random_channels(dice));
    if (c.height + c.top + c.bottom < (c.kernel_h - 1) * c.dilation_h + 1) continue;
    if (c.width + c.left + c.right < (c.kernel_w - 1) * c.dilation_w + 1) continue;
    const Conv2dGeometry g = geometry_of(c);
    if (sizes_of(g).out * g.kernel_h * g.kernel_w * (g.in_channels / g.groups) <= 300'000) return g;
  }
}

// What is to be computed, and a bound on the error of any order of summation in float.
struct Expected {
  std::vector<double> values, magnitudes, terms;

  explicit Expected(int64_t size) : values(size), magnitudes(size), terms(size, 2) {}
  void add(int64_t at, double term) {
    values[at] += term;
    magnitudes[at] += std::abs(term);
    ++terms[at];
  }
  // The position of the first wrong value, or -1.
  int64_t first_wrong(const GuardedArray<float>& got) const {
    for (int64_t i = 0; i < got.size(); ++i) {
      const double bound = terms[i] * 0x1p-24 * magnitudes[i] + 1e-37;
      if (!(std::abs(static_cast<double>(got[i]) - values[i]) <= bound)) return i;
    }
    return -1;
  }
};

// Values of float, so that the reference starts from the same ones.
std::vector<double> floats(int64_t size, uint64_t seed) {
  std::vector<double> values = sequence(size, seed);
  for (double& value : values) value = static_cast<float>(value);
  return values;
}

void check(const kernels::Conv2dPlan& plan, const kernels::Conv2dPlanKey& key, Guard guard) {
  const Conv2dSizes sizes = sizes_of(key.geometry);
  const int64_t out_channels = key.geometry.out_channels;
  const bool forward = key.pass == Pass::forward, weights = key.pass == Pass::backward_weights;
  const std::vector<double> x = floats(sizes.x, 1), kernel = floats(sizes.kernel, 2), out = floats(sizes.out, 3),
                            bias = floats(key.bias ? out_channels : 0, 4);
  const GuardedArray<float> guarded_x(x, guard), guarded_kernel(kernel, guard), guarded_out(out, guard),
      guarded_bias(bias, guard);
  // Aligned as the library allocates them.
  const GuardedMemory scratchpad(plan.scratchpad.get_size(), guard, 64);
  const GuardedMemory blocked_kernel(plan.reordered ? plan.blocked_kernel.get_size() : 0, guard, 64);
  const GuardedArray<float>& result = forward ? guarded_out : weights ? guarded_kernel : guarded_x;
  std::fill(result.begin(), result.end(), std::nanf(""));

  const auto object = [](const dnnl::memory::desc& description, void* data) {
    return dnnl::memory(description, kernels::onednn_engine(), data);
  };
  const dnnl::memory plain = object(plan.kernel, guarded_kernel.data());
  const dnnl::memory used = plan.reordered ? object(plan.blocked_kernel, blocked_kernel.data()) : plain;
  dnnl::stream stream(kernels::onednn_engine());
  if (plan.reordered && !weights) plan.reorder.execute(stream, {{DNNL_ARG_FROM, plain}, {DNNL_ARG_TO, used}});
  plan.primitive.execute(stream,
                         {{forward || weights ? DNNL_ARG_SRC : DNNL_ARG_DIFF_SRC, object(plan.x, guarded_x.data())},
                          {forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, object(plan.out, guarded_out.data())},
                          {weights ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, used},
                          {DNNL_ARG_BIAS, object(plan.bias, guarded_bias.data())},
                          {DNNL_ARG_SCRATCHPAD, object(plan.scratchpad, scratchpad.data())}});
  if (plan.reordered && weights) plan.reorder.execute(stream, {{DNNL_ARG_FROM, used}, {DNNL_ARG_TO, plain}});
  stream.wait();

  Expected expected(result.size());
  if (key.bias)
    for (int64_t i = 0; i < sizes.out; ++i) expected.add(i, bias[i % out_channels]);
  visit_conv2d(key.geometry, [&](int64_t i, int64_t k, int64_t o) {
    if (forward)
      expected.add(o, x[i] * kernel[k]);
    else if (weights)
      expected.add(k, x[i] * out[o]);
    else
      expected.add(i, out[o] * kernel[k]);
  });
  if (key.relu)
    for (double& value : expected.values) value = std::max(value, 0.0);
  CHECK(expected.first_wrong(result) == -1);
  CHECK((guarded_x.intact() && guarded_kernel.intact() && guarded_out.intact() && guarded_bias.intact()));
  CHECK((scratchpad.intact() && blocked_kernel.intact()));
}

// oneDNN reads the OpenMP setting of its caller.
class OmpThreads {
 public:
  explicit OmpThreads(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
  ~OmpThreads() { omp_set_num_threads(before_); }
  OmpThreads(const OmpThreads&) = delete;
  OmpThreads& operator=(const OmpThreads&) = delete;

 private:
  int before_;
};

TEST_CASE("oneDNN's convolutions stay inside their memory and are right") {
  const Seeds seeds;
  // Also the shapes that the library keeps away from oneDNN, to see whether a version still has their fault.
  const bool everything = std::getenv("XTAPE_HUNT_EVERYTHING");
  int64_t checked = 0;
  for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    Dice dice(seed);
    const Conv2dGeometry geometry = random_geometry(dice);
    const auto threads = static_cast<int>(dice.between(1, 3));
    const bool bias = dice.one_in(2), relu = dice.one_in(2);
    const Guard guard = dice.one_in(4) ? Guard::before : Guard::behind;
    const OmpThreads setting(threads);
    for (Pass pass : {Pass::forward, Pass::backward_data, Pass::backward_weights}) {
      if (!everything && kernels::overruns_in_onednn(pass, geometry)) continue;
      const bool forward = pass == Pass::forward;
      const kernels::Conv2dPlanKey key{pass, geometry, forward && bias, forward && relu};
      const kernels::Conv2dPlan plan = kernels::make_conv2d_plan(key);
      if (!plan.fast) continue;
      INFO("seed " << seed << ", pass " << static_cast<int>(pass) << ", " << threads << " threads, "
                   << describe(geometry) << (key.bias ? ", bias" : "") << (key.relu ? ", relu" : ""));
      check(plan, key, guard);
      ++checked;
    }
  }
  CHECK(checked > 0);
}

TEST_CASE("oneDNN's products stay inside their memory and are right") {
  const Seeds seeds;
  for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    Dice dice(seed);
    const auto length = [&] { return dice.one_in(4) ? dice.between(1, 400) : dice.between(1, 50); };
    const int64_t m = length(), n = length(), k = length();
    const bool transpose_a = dice.one_in(2), transpose_b = dice.one_in(2);
    const auto gap = [&] { return dice.one_in(2) ? 0 : dice.between(1, 20); };
    const int64_t lda = (transpose_a ? m : k) + gap(), ldb = (transpose_b ? k : n) + gap(), ldc = n + gap();
    const float alpha = dice.one_in(2) ? 1.0f : 0.5f, beta = dice.one_in(2) ? 0.0f : -1.5f;
    const auto threads = static_cast<int>(dice.between(1, 3));
    const Guard guard = dice.one_in(4) ? Guard::before : Guard::behind;
    const OmpThreads setting(threads);
    INFO("seed " << seed << ": " << m << 'x' << k << 'x' << n << ", transposed " << transpose_a << transpose_b
                 << ", steps " << lda << ' ' << ldb << ' ' << ldc << ", " << threads << " threads");
    // The last row of each ends with its last element.
    const auto extent = [](int64_t rows, int64_t columns, int64_t step) { return (rows - 1) * step + columns; };
    const std::vector<double> a = floats(transpose_a ? extent(k, m, lda) : extent(m, k, lda), 1),
                              b = floats(transpose_b ? extent(n, k, ldb) : extent(k, n, ldb), 2),
                              c = floats(extent(m, n, ldc), 3);
    const GuardedArray<float> guarded_a(a, guard), guarded_b(b, guard), guarded_c(c, guard);
    REQUIRE(kernels::onednn_gemm(alpha, {guarded_a.data(), m, k, lda, transpose_a},
                                 {guarded_b.data(), k, n, ldb, transpose_b}, beta, {guarded_c.data(), m, n, ldc}));
    Expected expected(guarded_c.size());
    for (int64_t i = 0; i < guarded_c.size(); ++i) {
      const bool between_rows = i % ldc >= n;
      expected.add(i, between_rows ? c[i] : beta * c[i]);
      if (between_rows) continue;
      for (int64_t p = 0; p < k; ++p) {
        const int64_t row = i / ldc, column = i % ldc;
        expected.add(i, alpha * a[transpose_a ? p * lda + row : row * lda + p] *
                            b[transpose_b ? column * ldb + p : p * ldb + column]);
      }
    }
    CHECK(expected.first_wrong(guarded_c) == -1);
    CHECK((guarded_a.intact() && guarded_b.intact() && guarded_c.intact()));
  }
}

}  // namespace
