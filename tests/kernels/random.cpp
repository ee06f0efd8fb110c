#include "kernels/random/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>
#include <xtape/threads.hpp>

#include "catch.hpp"
#include "core/random.hpp"
#include "kernels/simd/random/random.hpp"

using namespace xtape;
using namespace xtape::kernels;

namespace {

const RandomState state{0x123456789abcdef, 5};

struct Moments {
  double mean, variance, skewness, kurtosis;
};

template <class T>
Moments moments(const std::vector<T>& x) {
  const double n = static_cast<double>(x.size());
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  double second = 0, third = 0, fourth = 0;
  for (const T value : x) {
    const double d = value - mean;
    second += d * d / n;
    third += d * d * d / n;
    fourth += d * d * d * d / n;
  }
  return {mean, second, third / std::pow(second, 1.5), fourth / (second * second)};
}

// The share of values below z.
template <class T>
double share_below(const std::vector<T>& x, double z) {
  return static_cast<double>(std::count_if(x.begin(), x.end(), [z](T value) { return value < z; })) / x.size();
}

}  // namespace

TEST_CASE("the vector kernels give the words of the scalar generator", "[random]") {
  uint32_t words[3 * 64];
  XTAPE_DISPATCH(random_words(state.seed, 0xfffffff8, 3, words));
  for (uint64_t group = 0; group < 3; ++group)
    for (uint64_t lane = 0; lane < 16; ++lane)
      for (uint64_t w = 0; w < 4; ++w)
        REQUIRE(words[group * 64 + w * 16 + lane] == core::philox(0xfffffff8 + group * 16 + lane, 0, state.seed)[w]);
}

TEMPLATE_TEST_CASE("uniform numbers fill [low, high) evenly", "[random]", float, double) {
  std::vector<TestType> x(1 << 20);
  random_uniform<TestType>(state, x.size(), 0, 1, x.data());
  const Moments m = moments(x);
  CHECK(std::abs(m.mean - 0.5) < 1.5e-3);
  CHECK(std::abs(m.variance - 1.0 / 12) < 5e-4);
  CHECK(std::abs(share_below(x, 0.1) - 0.1) < 1.5e-3);
  CHECK(*std::min_element(x.begin(), x.end()) >= 0);
  CHECK(*std::max_element(x.begin(), x.end()) < 1);

  random_uniform<TestType>(state, x.size(), 1000, TestType(1000.001), x.data());
  CHECK(*std::min_element(x.begin(), x.end()) >= 1000);
  CHECK(*std::max_element(x.begin(), x.end()) < TestType(1000.001));
}

TEST_CASE("uniform numbers are the same on every instruction set", "[random]") {
  std::vector<float> x(100);
  random_uniform<float>({1, 0}, 100, 0, 1, x.data());
  for (uint64_t i = 0; i < 64; ++i) {
    const uint32_t word = core::philox(i % 16, 0, 1)[i / 16];
    REQUIRE(x[i] == static_cast<float>(word >> 8) / 16777216.0f);
  }
}

TEMPLATE_TEST_CASE("normal numbers have the moments and tails of the normal distribution", "[random]", float, double) {
  std::vector<TestType> x(1 << 21);
  random_normal<TestType>(state, x.size(), 3, 2, x.data());
  for (TestType& value : x) value = (value - 3) / 2;
  const Moments m = moments(x);
  CHECK(std::abs(m.mean) < 3e-3);
  CHECK(std::abs(m.variance - 1) < 5e-3);
  CHECK(std::abs(m.skewness) < 1e-2);
  CHECK(std::abs(m.kurtosis - 3) < 2e-2);
  for (const double z : {-3.0, -2.0, -1.0, -0.1, 0.0, 0.5, 1.5, 2.5})
    CHECK(std::abs(share_below(x, z) - 0.5 * std::erfc(-z / std::sqrt(2.0))) < 1.5e-3);
  CHECK(*std::max_element(x.begin(), x.end()) > 4);
  CHECK(*std::min_element(x.begin(), x.end()) < -4);
  CHECK(std::all_of(x.begin(), x.end(), [](TestType value) { return std::isfinite(value); }));
}

TEMPLATE_TEST_CASE("neighbouring normal numbers are not correlated", "[random]", float, double) {
  std::vector<TestType> x(1 << 20);
  random_normal<TestType>(state, x.size(), 0, 1, x.data());
  for (const size_t distance : {1, 2, 16, 32, 48, 64}) {
    double product = 0;
    for (size_t i = distance; i < x.size(); ++i) product += static_cast<double>(x[i]) * x[i - distance];
    CHECK(std::abs(product / x.size()) < 5e-3);
  }
}

TEST_CASE("integers are unbiased and stay in range", "[random]") {
  std::vector<int64_t> x(1 << 18);
  random_integers(state, x.size(), -3, 4, x.data());
  for (int64_t value = -3; value < 4; ++value)
    CHECK(std::abs(std::count(x.begin(), x.end(), value) / double(x.size()) - 1.0 / 7) < 3e-3);
  CHECK(*std::min_element(x.begin(), x.end()) == -3);
  CHECK(*std::max_element(x.begin(), x.end()) == 3);

  // Three quarters of 2^32: without rejection, one third of the values would be twice as likely.
  const int64_t high = int64_t{3} << 30;
  random_integers(state, x.size(), 0, high, x.data());
  for (int64_t part = 0; part < 3; ++part)
    CHECK(std::abs(share_below(x, static_cast<double>((part + 1) << 30)) - (part + 1) / 3.0) < 4e-3);

  for (const int64_t wide : {int64_t{1} << 32, int64_t{5} << 40, int64_t{3} << 61}) {
    random_integers(state, x.size(), 10, wide, x.data());
    CHECK(*std::min_element(x.begin(), x.end()) >= 10);
    CHECK(*std::max_element(x.begin(), x.end()) < wide);
    CHECK(std::abs(share_below(x, static_cast<double>(wide) / 2) - 0.5) < 4e-3);
  }

  random_integers(state, x.size(), INT64_MIN, INT64_MAX, x.data());
  CHECK(std::abs(share_below(x, 0.0) - 0.5) < 4e-3);
  random_integers(state, 5, 42, 43, x.data());
  CHECK(x[4] == 42);
}

TEST_CASE("a permutation holds every index once", "[random]") {
  std::vector<int64_t> x(10007);
  random_permutation(state, x.size(), x.data());
  int64_t in_place = 0;
  for (size_t i = 0; i < x.size(); ++i) in_place += x[i] == static_cast<int64_t>(i);
  CHECK(in_place < 10);
  std::sort(x.begin(), x.end());
  for (size_t i = 0; i < x.size(); ++i) REQUIRE(x[i] == static_cast<int64_t>(i));

  // Each of the 6 orders of three is as likely as the others.
  int seen[3][3] = {};
  for (uint64_t i = 0; i < 12000; ++i) {
    int64_t order[3];
    random_permutation({9, 16 * i}, 3, order);
    ++seen[order[0]][order[1]];
  }
  for (int a = 0; a < 3; ++a)
    for (int b = 0; b < 3; ++b)
      if (a != b) CHECK(std::abs(seen[a][b] - 2000) < 200);
}

TEMPLATE_TEST_CASE("random numbers do not depend on the thread count, nor on how many follow", "[random]", float,
                   double) {
  const int threads = get_num_threads();
  const int64_t n = (1 << 18) + 37;
  const auto draw = [](int64_t count) {
    std::vector<TestType> x(2 * count);
    random_uniform<TestType>(state, count, -1, 1, x.data());
    random_normal<TestType>(state, count, 0, 1, x.data() + count);
    return x;
  };
  set_num_threads(1);
  const std::vector<TestType> one = draw(n);
  set_num_threads(3);
  CHECK(draw(n) == one);
  set_num_threads(threads);
  const std::vector<TestType> fewer = draw(1001);
  CHECK(std::equal(fewer.begin(), fewer.begin() + 1001, one.begin()));
  CHECK(std::equal(fewer.begin() + 1001, fewer.begin() + 2002, one.begin() + n));
}

TEST_CASE("the blocks that n elements take do not overlap with those of the next draw", "[random]") {
  CHECK(random_blocks(0) == 0);
  for (const int64_t n : {1, 31, 32, 33, 64, 65}) {
    std::vector<double> first(n), second(n);
    random_uniform<double>({3, 0}, n, 0, 1, first.data());
    random_uniform<double>({3, random_blocks(n)}, n, 0, 1, second.data());
    for (const double value : first) CHECK(std::find(second.begin(), second.end(), value) == second.end());
  }
}
