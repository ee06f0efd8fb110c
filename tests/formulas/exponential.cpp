#include <algorithm>
#include <cmath>
#include <limits>
#include <xtape/detail/exponential.hpp>

#include "catch.hpp"

using xtape::detail::exponential;

TEMPLATE_TEST_CASE("the exponential without branches equals std::exp", "", float, double) {
  const TestType epsilon = std::numeric_limits<TestType>::epsilon();
  const TestType lowest = std::log(std::numeric_limits<TestType>::min());
  const TestType highest = std::log(std::numeric_limits<TestType>::max());
  const int count = 20000;
  TestType worst = 0;
  for (int i = 0; i < count; ++i) {
    const TestType share = (TestType(i) + TestType(0.5)) / count;
    const TestType x = lowest + (highest - lowest) * share;
    const TestType near = 2 * share - 1;
    worst = std::max(worst, std::abs(exponential(x) / std::exp(x) - 1));
    worst = std::max(worst, std::abs(exponential(near) / std::exp(near) - 1));
  }
  CHECK(worst <= 2 * epsilon);
}

TEMPLATE_TEST_CASE("the exponential without branches at its ends", "", float, double) {
  using Limits = std::numeric_limits<TestType>;
  CHECK(exponential(TestType(0)) == 1);
  CHECK(exponential(Limits::infinity()) == Limits::infinity());
  CHECK(exponential(Limits::max()) == Limits::infinity());
  CHECK(exponential(-Limits::infinity()) == 0);
  CHECK(exponential(Limits::lowest()) == 0);
  CHECK(std::isnan(exponential(Limits::quiet_NaN())));
  const TestType overflow = std::log(Limits::max());
  CHECK(exponential(overflow * TestType(1.001)) == Limits::infinity());
  const TestType tiny = std::log(Limits::denorm_min() * 1000);
  CHECK(std::abs(exponential(tiny) - std::exp(tiny)) <= Limits::denorm_min());
}
