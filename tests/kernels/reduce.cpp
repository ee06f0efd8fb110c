#include "kernels/reduction/reduce.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "catch.hpp"
#include "kernels/reference.hpp"

using namespace xtape;
using kernels::Reduction;

namespace {

using Layout = std::array<int64_t, 3>;  // outer, reduced, inner

std::vector<Layout> layouts() {
  std::vector<Layout> all;
  for (const int64_t length : testing::lengths) {
    all.push_back({1, length, 1});
    all.push_back({3, length, 1});
    all.push_back({1, 5, length});
    all.push_back({1, length, 3});
    all.push_back({2, length, 32});
  }
  for (const int64_t inner : {1, 2, 3, 10, 16, 20, 31, 33, 63, 64, 65, 130})
    for (const int64_t rows : {1, 2, 13, 129, 700}) all.push_back({2, rows, inner});
  all.push_back({300, 700, 1});
  all.push_back({40, 30, 70});
  all.push_back({1, 4, 100003});
  return all;
}

// Calls reference(numbers) with each reduced set of numbers and compares with y.
template <class T, class Y, class Reference, class Same>
void check(const std::vector<T>& x, const Layout& layout, const Y& y, const Reference& reference, const Same& same) {
  const auto [outer, reduced, inner] = layout;
  int64_t wrong = 0;
  std::vector<double> numbers(static_cast<size_t>(reduced));
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      for (int64_t r = 0; r < reduced; ++r) numbers[r] = x[(o * reduced + r) * inner + i];
      wrong += !same(y[o * inner + i], reference(numbers));
    }
  INFO("layout " << outer << ", " << reduced << ", " << inner);
  CHECK(wrong == 0);
}

double sum_of(const std::vector<double>& x) {
  long double sum = 0;
  for (const double value : x) sum += value;
  return static_cast<double>(sum);
}

}  // namespace

TEMPLATE_TEST_CASE("sums and extremes over any axis", "[kernels]", float, double) {
  for (const Layout& layout : layouts()) {
    const auto [outer, reduced, inner] = layout;
    const auto x = testing::random_vector<TestType>(outer * reduced * inner, -1, 1);
    std::vector<TestType> y(static_cast<size_t>(outer * inner));
    const double scale = std::sqrt(static_cast<double>(reduced)) + 1;
    const auto run = [&, outer = outer, reduced = reduced, inner = inner](Reduction op) {
      kernels::reduce(op, x.data(), y.data(), {outer, reduced, inner});
    };
    run(Reduction::sum);
    check(x, layout, y, sum_of, [&](TestType a, double b) { return testing::close(a, b, scale); });
    if (reduced == 0) continue;
    run(Reduction::max);
    check(
        x, layout, y, [](const auto& numbers) { return *std::max_element(numbers.begin(), numbers.end()); },
        [](TestType a, double b) { return a == b; });
    run(Reduction::min);
    check(
        x, layout, y, [](const auto& numbers) { return *std::min_element(numbers.begin(), numbers.end()); },
        [](TestType a, double b) { return a == b; });
  }
}

TEST_CASE("a long float sum is accurate", "[kernels]") {
  const std::vector<float> x(10'000'000, 0.1f);
  for (const auto& [outer, reduced, inner] : {Layout{1, 10'000'000, 1}, Layout{1, 1'000'000, 10}}) {
    std::vector<float> y(static_cast<size_t>(inner));
    kernels::reduce(Reduction::sum, x.data(), y.data(), {outer, reduced, inner});
    // One thread with vectors of four numbers adds up a million rows in blocks of 64, 64 and 245, all of whose roundings
    // go one way: 2.3e-6. More threads and longer vectors have shorter sums.
    CHECK(y[0] == Approx(reduced * static_cast<double>(0.1f)).epsilon(3e-6));
  }
}

TEMPLATE_TEST_CASE("argmax and argmin find the first", "[kernels]", float, double, int64_t, int32_t, uint8_t) {
  for (const Layout& layout : layouts()) {
    const auto [outer, reduced, inner] = layout;
    if (reduced == 0) continue;
    const auto x = testing::random_vector<TestType>(outer * reduced * inner, 0, 9);  // integers: many ties
    std::vector<int64_t> y(static_cast<size_t>(outer * inner));
    const auto same = [](int64_t a, int64_t b) { return a == b; };
    kernels::argmax(x.data(), y.data(), {outer, reduced, inner});
    check(
        x, layout, y, [](const auto& n) { return std::max_element(n.begin(), n.end()) - n.begin(); }, same);
    kernels::argmin(x.data(), y.data(), {outer, reduced, inner});
    check(
        x, layout, y, [](const auto& n) { return std::min_element(n.begin(), n.end()) - n.begin(); }, same);
  }
}

TEMPLATE_TEST_CASE("NaN wins in extremes", "[kernels]", float, double) {
  for (const int64_t reduced : {5, 40, 100})
    for (const int64_t inner : {1, 3, 40}) {
      auto x = testing::random_vector<TestType>(reduced * inner, -1, 1);
      const auto nan = std::numeric_limits<TestType>::quiet_NaN();
      for (int64_t i = 0; i < inner; ++i) x[2 * inner + i] = x[4 * inner + i] = nan;
      std::vector<TestType> y(static_cast<size_t>(inner));
      std::vector<int64_t> index(y.size());
      const auto all_nan = [&] { return std::all_of(y.begin(), y.end(), [](TestType v) { return std::isnan(v); }); };
      kernels::reduce(Reduction::max, x.data(), y.data(), {1, reduced, inner});
      CHECK(all_nan());
      kernels::reduce(Reduction::min, x.data(), y.data(), {1, reduced, inner});
      CHECK(all_nan());
      kernels::argmax(x.data(), index.data(), {1, reduced, inner});
      CHECK(std::count(index.begin(), index.end(), 2) == inner);
      kernels::argmin(x.data(), index.data(), {1, reduced, inner});
      CHECK(std::count(index.begin(), index.end(), 2) == inner);
    }
}

TEST_CASE("integer and bool reductions", "[kernels]") {
  const int64_t x[] = {5, -3, 7, 2, 11, -4};
  int64_t y[3];
  kernels::reduce(Reduction::max, x, y, {2, 3, 1});
  CHECK((y[0] == 7 && y[1] == 11));
  const bool flags[] = {true, false, false, false, true, true};
  bool any[3], all[3];
  kernels::reduce(Reduction::max, flags, any, {3, 2, 1});
  kernels::reduce(Reduction::min, flags, all, {3, 2, 1});
  CHECK((any[0] && !any[1] && any[2] && !all[0] && !all[1] && all[2]));
}
