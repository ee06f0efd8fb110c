#include <cmath>
#include <limits>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

const double NaN = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("allclose uses NumPy's tolerance") {
  CHECK(allclose(tensor({1.0, 2.0}, float64), tensor({1.0, 2.00001}, float64)));
  CHECK_FALSE(allclose(tensor({1.0, 2.0}, float64), tensor({1.0, 2.0001}, float64)));
  CHECK(allclose(tensor({0.0}, float64), tensor({1e-9}, float64)));
  CHECK_FALSE(allclose(tensor({0.0}, float64), tensor({1e-7}, float64)));
  CHECK(allclose(tensor({10.0}), tensor({10.5}), 0.05));
  CHECK_FALSE(allclose(tensor({10.0}), tensor({10.5}), 0.04));
  CHECK(allclose(tensor({10.0}), tensor({10.5}), 0, 0.5));
  CHECK(allclose(ones({2, 3}), ones({3})));
  CHECK(allclose(ones({0}), ones({0})));
  CHECK_THROWS_AS(allclose(ones({2}), ones({3})), ShapeError);
  CHECK(allclose(tensor({1, 2}), tensor({1.0, 2.0})));
}

TEST_CASE("allclose and special values") {
  CHECK_FALSE(allclose(tensor({NaN}, float64), tensor({NaN}, float64)));
  CHECK(allclose(tensor({NaN, 1.0}, float64), tensor({NaN, 1.0}, float64), 1e-5, 1e-8, true));
  CHECK_FALSE(allclose(tensor({NaN}, float64), tensor({1.0}, float64), 1e-5, 1e-8, true));
  CHECK(allclose(tensor({infinity, -infinity}, float64), tensor({infinity, -infinity}, float64)));
  CHECK_FALSE(allclose(tensor({infinity}, float64), tensor({-infinity}, float64)));
  CHECK_FALSE(allclose(tensor({1.0}, float64), tensor({infinity}, float64)));
  CHECK_FALSE(allclose(tensor({infinity}, float64), tensor({1.0}, float64)));
}

TEST_CASE("array_equal compares shapes, types and elements") {
  CHECK(array_equal(tensor({1, 2}), tensor({1, 2})));
  CHECK_FALSE(array_equal(tensor({1, 2}), tensor({1, 3})));
  CHECK_FALSE(array_equal(tensor({1, 2}), tensor({{1, 2}})));
  CHECK_FALSE(array_equal(tensor({1, 2}), tensor({1, 2}, int32)));
  CHECK_FALSE(array_equal(tensor({NaN}), tensor({NaN})));
  CHECK(array_equal(ones({0, 3}), ones({0, 3})));
}

TEST_CASE("comparisons with special values") {
  const Tensor x = tensor({NaN, infinity, -infinity, 0.0, -0.0}, float64);
  CHECK(array_equal(isnan(x), tensor({true, false, false, false, false})));
  CHECK(array_equal(isfinite(x), tensor({false, false, false, true, true})));
  CHECK(array_equal(x == x, tensor({false, true, true, true, true})));
  CHECK(array_equal(x != x, tensor({true, false, false, false, false})));
  CHECK(array_equal(x >= 0, tensor({false, true, false, true, true})));
  CHECK_FALSE(isnan(tensor({1, 2})).select(0, 0).item<bool>());
  CHECK(array_equal(logical_not(tensor({0, 3})), tensor({true, false})));
  // NaN is neither 0 nor false.
  CHECK(array_equal(logical_and(x, ones({5})), tensor({true, true, true, false, false})));
}

TEST_CASE("integers compare exactly") {
  const int64_t large = (int64_t{1} << 53) + 1;
  CHECK_FALSE(array_equal(tensor({large}), tensor({large - 1})));
  CHECK((tensor({large}) > tensor({large - 1}))[0].item<bool>());
}

TEST_CASE("NaN passes through minimum, maximum and reductions") {
  const Tensor x = tensor({1.0, NaN, 3.0}, float64), y = tensor({NaN, 2.0, 2.0}, float64);
  CHECK(array_equal(isnan(minimum(x, y)), tensor({true, true, false})));
  CHECK(array_equal(isnan(maximum(x, y)), tensor({true, true, false})));
  for (const Tensor& reduced : {max(x), min(x), sum(x), mean(x), prod(x)}) CHECK(std::isnan(reduced.item()));
  // The same in the middle of long rows, where vectors of elements are compared.
  const Tensor row = arange(1000).astype(float32);
  row.slice(0, {.start = 500, .stop = 501}).fill(NaN);
  CHECK(std::isnan(max(row).item()));
  CHECK(std::isnan(min(row).item()));
  CHECK(argmax(row, 0).item() == 500);
  CHECK(argmin(row, 0).item() == 500);
}
