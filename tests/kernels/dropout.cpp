#include "kernels/random/dropout.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>
#include <xtape/threads.hpp>

#include "catch.hpp"
#include "core/random.hpp"

using namespace xtape;

namespace {

const RandomState state{42, 1000};

template <class T>
struct Result {
  std::vector<T> y;
  std::vector<uint64_t> mask;
  bool operator==(const Result&) const = default;
};

template <class T>
Result<T> drop(const std::vector<T>& x, double rate) {
  Result<T> result{std::vector<T>(x.size()), std::vector<uint64_t>(kernels::dropout_mask_size(x.size()))};
  kernels::dropout<T>(state, rate, x.size(), x.data(), result.y.data(), result.mask.data());
  return result;
}

}  // namespace

TEMPLATE_TEST_CASE("dropout keeps 1 - rate of the elements and scales them", "[dropout]", float, double) {
  const std::vector<TestType> x(1 << 20, 3);
  for (const double rate : {0.0, 0.001, 0.25, 0.5, 0.9}) {
    const Result<TestType> result = drop(x, rate);
    int64_t kept = 0, wrong = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const bool bit = result.mask[i / 64] >> i % 64 & 1;
      wrong += result.y[i] != (bit ? 3 * static_cast<TestType>(1 / (1 - rate)) : 0);
      kept += bit;
    }
    CHECK(wrong == 0);
    CHECK(std::abs(static_cast<double>(kept) / x.size() - (1 - rate)) <= 5 * std::sqrt(rate * (1 - rate) / x.size()));
  }
}

TEST_CASE("dropout draws the words of the generator, the same for both types", "[dropout]") {
  const Result<float> result = drop(std::vector<float>(200, 1), 0.5);
  for (uint64_t i = 0; i < 200; ++i) {
    const uint32_t word = core::philox(1000 + i / 64 * 16 + i % 16, 0, 42)[i % 64 / 16];
    REQUIRE((result.y[i] != 0) == (word >= 0x80000000));
  }
  CHECK(drop(std::vector<double>(200, 1), 0.5).mask == result.mask);
}

TEMPLATE_TEST_CASE("dropout does not depend on the thread count", "[dropout]", float, double) {
  const std::vector<TestType> x((1 << 18) + 5, 1);
  const int threads = get_num_threads();
  set_num_threads(1);
  const Result<TestType> one = drop(x, 0.3);
  set_num_threads(3);
  CHECK(drop(x, 0.3) == one);
  set_num_threads(threads);
}

TEMPLATE_TEST_CASE("a mask drawn before gives the same result, also in place", "[dropout]", float, double) {
  for (const size_t n : {0, 1, 63, 64, 65, 200, 100003}) {
    std::vector<TestType> x(n);
    for (size_t i = 0; i < n; ++i) x[i] = static_cast<TestType>(i) - 20;
    const Result<TestType> result = drop(x, 0.4);
    kernels::apply_dropout_mask<TestType>(0.4, n, result.mask.data(), x.data(), x.data());
    CHECK(x == result.y);
  }
}

TEST_CASE("a dropped infinity is 0", "[dropout]") {
  const std::vector<float> x(100, std::numeric_limits<float>::infinity());
  for (const float y : drop(x, 0.5).y) CHECK((y == 0 || y == x[0]));
}
