#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "catch.hpp"
#include "kernels/elementwise/elementwise.hpp"
#include "kernels/reference.hpp"

using namespace xtape;

namespace {

struct Case {
  std::vector<int64_t> sizes, strides_a, strides_b;
};

const std::vector<Case> cases = {
    {{}, {}, {}},
    {{0, 3}, {3, 1}, {0, 1}},
    {{1, 1}, {1, 1}, {0, 0}},
    {{70, 3}, {3, 1}, {0, 1}},  // short rows
    {{70, 3}, {0, 1}, {3, 1}},
    {{5, 600}, {600, 1}, {0, 1}},  // long rows
    {{33, 17}, {17, 1}, {1, 0}},   // a column
    {{33, 17}, {1, 0}, {17, 1}},
    {{40, 50}, {1, 0}, {0, 1}},        // an outer sum
    {{33, 17}, {1, 33}, {17, 1}},      // a transposed operand
    {{4, 300}, {-300, -1}, {300, 1}},  // reversed
    {{4, 5, 6}, {30, 6, 1}, {6, 0, 1}},
    {{4, 5, 6}, {30, 6, 1}, {0, 6, 1}},
    {{4, 5, 6, 7}, {0, 42, 0, 1}, {210, 0, 7, 1}},
    {{64, 28, 28, 8}, {6272, 224, 8, 1}, {0, 0, 0, 1}},
    {{100000}, {1}, {0}},
    {{300, 400}, {0, 0}, {400, 1}},
};

int64_t offset(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides, int64_t index) {
  int64_t sum = 0;
  for (size_t axis = sizes.size(); axis-- > 0;) {
    sum += index % sizes[axis] * strides[axis];
    index /= sizes[axis];
  }
  return sum;
}

template <class T, class Run, class Reference>
void check(const Run& run, const Reference& reference) {
  // Offsets reach from -total to total.
  const std::vector<float> random = testing::random_vector<float>(2000000, 0, 20);
  const std::unique_ptr<T[]> numbers(new T[random.size()]);
  std::transform(random.begin(), random.end(), numbers.get(), [](float x) { return static_cast<T>(x); });
  const T* middle_a = numbers.get() + 500000;
  const T* middle_b = numbers.get() + 1500000;
  for (const Case& c : cases) {
    int64_t total = 1;
    for (const int64_t size : c.sizes) total *= size;
    INFO("case " << &c - cases.data());
    const auto plan = kernels::collapse<2>(static_cast<int>(c.sizes.size()), c.sizes.data(),
                                           {c.strides_a.data(), c.strides_b.data()});
    const auto y = run(plan, middle_a, middle_b, total);
    int64_t wrong = 0;
    for (int64_t i = 0; i < total; ++i)
      wrong += y[i] != reference(middle_a[offset(c.sizes, c.strides_a, i)], middle_b[offset(c.sizes, c.strides_b, i)]);
    CHECK(wrong == 0);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("binary kernels broadcast", "[kernels]", float, double, int64_t, int32_t, uint8_t, bool) {
  check<TestType>(
      [](const auto& plan, const TestType* a, const TestType* b, int64_t total) {
        std::unique_ptr<TestType[]> y(new TestType[static_cast<size_t>(total)]);
        kernels::binary<formulas::Sub>(plan, a, b, y.get());
        return y;
      },
      [](TestType a, TestType b) { return static_cast<TestType>(a - b); });
}

TEMPLATE_TEST_CASE("comparisons broadcast", "[kernels]", float, double, int64_t, int32_t, uint8_t, bool) {
  check<TestType>(
      [](const auto& plan, const TestType* a, const TestType* b, int64_t total) {
        std::unique_ptr<bool[]> y(new bool[static_cast<size_t>(total)]);
        kernels::compare<formulas::LessEqual>(plan, a, b, y.get());
        return y;
      },
      [](TestType a, TestType b) { return a <= b; });
}

TEMPLATE_TEST_CASE("binary kernels of every length", "[kernels]", float, double) {
  for (const int64_t n : testing::lengths) {
    const auto a = testing::random_vector<TestType>(n + 1, 0.5, 3, 1),
               b = testing::random_vector<TestType>(n + 1, 0.5, 3, 2);
    std::vector<TestType> y(a.size(), 77);
    for (const int64_t step_a : {0, 1})
      for (const int64_t step_b : {0, 1}) {
        int64_t wrong = 0;
        kernels::binary<formulas::Div>(a.data(), step_a, b.data(), step_b, y.data(), n);
        for (int64_t i = 0; i < n; ++i) wrong += y[i] != a[i * step_a] / b[i * step_b];
        CHECK(wrong == 0);
        CHECK(y[n] == 77);
      }
    y = a;  // in place
    kernels::binary<formulas::Mul>(y.data(), 1, b.data(), 1, y.data(), n);
    int64_t wrong = 0;
    for (int64_t i = 0; i < n; ++i) wrong += y[i] != a[i] * b[i];
    CHECK(wrong == 0);
  }
}

TEMPLATE_TEST_CASE("minimum and maximum propagate NaN", "[kernels]", float, double) {
  const TestType nan = std::numeric_limits<TestType>::quiet_NaN();
  const TestType a[] = {1, nan, 2, nan, -1}, b[] = {nan, 1, 1, nan, 5};
  TestType low[5], high[5];
  kernels::binary<formulas::Minimum>(a, 1, b, 1, low, 5);
  kernels::binary<formulas::Maximum>(a, 1, b, 1, high, 5);
  for (const int i : {0, 1, 3}) CHECK((std::isnan(low[i]) && std::isnan(high[i])));
  CHECK((low[2] == 1 && high[2] == 2 && low[4] == -1 && high[4] == 5));
}

TEMPLATE_TEST_CASE("powers", "[kernels]", float, double) {
  const auto a = testing::random_vector<TestType>(2000, 0.1, 30, 1),
             b = testing::random_vector<TestType>(2000, -8, 8, 2);
  std::vector<TestType> y(a.size());
  kernels::binary<formulas::Pow>(a.data(), 1, b.data(), 1, y.data(), 2000);
  double worst = 0;
  for (size_t i = 0; i < y.size(); ++i)
    worst = std::max(worst, testing::ulps(y[i], static_cast<double>(std::pow(static_cast<long double>(a[i]), b[i]))));
  CHECK(worst <= 3);
  const TestType base[] = {0, 0, -2, -2, -2, 1, 5}, exponent[] = {0, 2, 2, 3, -1, 77, 0};
  kernels::binary<formulas::Pow>(base, 1, exponent, 1, y.data(), 7);
  for (int i = 0; i < 7; ++i) CHECK(testing::ulps(y[i], std::pow(double{base[i]}, double{exponent[i]})) <= 1);
}

TEST_CASE("integer powers are exact", "[kernels]") {
  const int64_t a[] = {3, -2, 0, 10}, b[] = {39, 61, 0, 18};
  int64_t y[4];
  kernels::binary<formulas::Pow>(a, 1, b, 1, y, 4);
  CHECK(y[0] == 4052555153018976267);
  CHECK(y[1] == -(int64_t{1} << 61));
  CHECK(y[2] == 1);
  CHECK(y[3] == 1000000000000000000);
}
