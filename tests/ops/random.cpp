#include <algorithm>
#include <numeric>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("the seed decides, and each call draws anew") {
  set_random_seed(7);
  const std::vector<float> first = randn({100}).to_vector<float>();
  const std::vector<float> second = randn({100}).to_vector<float>();
  CHECK(first != second);
  set_random_seed(7);
  CHECK(randn({100}).to_vector<float>() == first);
}

TEST_CASE("rand and randn have their moments") {
  set_random_seed(1);
  const auto moments = [](const std::vector<double>& values) {
    const double count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double variance = 0;
    for (const double value : values) variance += (value - mean) * (value - mean) / count;
    return std::pair(mean, variance);
  };
  for (const DType dtype : {float32, float64}) {
    const std::vector<double> uniform = rand({200, 500}, dtype).to_vector<double>();
    CHECK(*std::min_element(uniform.begin(), uniform.end()) >= 0);
    CHECK(*std::max_element(uniform.begin(), uniform.end()) < 1);
    CHECK(moments(uniform).first == Approx(0.5).margin(0.01));
    CHECK(moments(uniform).second == Approx(1.0 / 12).margin(0.003));
    const auto [mean, variance] = moments(randn({100000}, dtype).to_vector<double>());
    CHECK(mean == Approx(0).margin(0.02));
    CHECK(variance == Approx(1).margin(0.03));
  }
  CHECK(rand({0}).numel() == 0);
  CHECK_THROWS_WITH(rand({2}, int32), "rand: expected float32 or float64, got int32");
  CHECK_THROWS_AS(randn({2}, bool_), DTypeError);
  CHECK_THROWS_AS(randn({-2}), ShapeError);
}

TEST_CASE("randint takes each value of its range") {
  set_random_seed(2);
  std::vector<int> counts(5);
  const Tensor values = randint(-2, 3, {10, 1000});
  CHECK(values.dtype() == int64);
  for (const int value : values.to_vector<int>()) ++counts.at(static_cast<std::size_t>(value + 2));
  CHECK(*std::min_element(counts.begin(), counts.end()) > 1800);
  CHECK(randint(0, 256, {3}, uint8).dtype() == uint8);
  CHECK(randint(0, 2, {3}, bool_).dtype() == bool_);
  CHECK(randint(0, 9, {3}, float32).dtype() == float32);
  CHECK_THROWS_WITH(randint(3, 3, {1}), "randint: low must be below high, got 3 and 3");
  CHECK_THROWS_WITH(randint(0, 257, {1}, uint8), "randint: uint8 does not hold all of [0, 257)");
  CHECK_THROWS_AS(randint(-1, 2, {1}, uint8), ValueError);
}

TEST_CASE("randperm is a permutation") {
  set_random_seed(3);
  std::vector<int> order = randperm(1000).to_vector<int>();
  std::vector<int> sorted(1000);
  std::iota(sorted.begin(), sorted.end(), 0);
  CHECK(order != sorted);
  std::sort(order.begin(), order.end());
  CHECK(order == sorted);
  CHECK(randperm(0).numel() == 0);
  CHECK_THROWS_WITH(randperm(-1), "randperm: count must be at least 0, given -1");
}
