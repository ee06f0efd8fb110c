#include <cmath>
#include <limits>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

constexpr DType types[] = {bool_, uint8, int32, int64, float32, float64};

// numpy.promote_types, row by row.
constexpr DType promoted[6][6] = {
    {bool_, uint8, int32, int64, float32, float64},         {uint8, uint8, int32, int64, float32, float64},
    {int32, int32, int32, int64, float64, float64},         {int64, int64, int64, int64, float64, float64},
    {float32, float32, float64, float64, float32, float64}, {float64, float64, float64, float64, float64, float64},
};

}  // namespace

TEST_CASE("types promote as in NumPy") {
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j) {
      INFO(types[i] << " and " << types[j]);
      CHECK(promote_types(types[i], types[j]) == promoted[i][j]);
      CHECK((ones({2}, types[i]) + ones({2}, types[j])).dtype() == promoted[i][j]);
      CHECK((ones({2}, types[i]) * ones({2}, types[j])).dtype() == promoted[i][j]);
      CHECK(maximum(ones({2}, types[i]), ones({2}, types[j])).dtype() == promoted[i][j]);
      CHECK(where(ones({2}, bool_), ones({2}, types[i]), ones({2}, types[j])).dtype() == promoted[i][j]);
      CHECK((ones({2}, types[i]) < ones({2}, types[j])).dtype() == bool_);
    }
  }
}

TEST_CASE("a number does not widen a tensor of its own kind") {
  for (DType type : types) {
    INFO(type);
    const Tensor x = ones({2}, type);
    CHECK((x + 2).dtype() == (type == bool_ ? int64 : type));
    CHECK((2 * x).dtype() == (type == bool_ ? int64 : type));
    CHECK((x + true).dtype() == type);
    const DType with_floating = is_floating(type) ? type : type == int32 || type == int64 ? float64 : float32;
    CHECK((x + 2.5).dtype() == with_floating);
    CHECK((2.5 * x).dtype() == with_floating);
    CHECK(promote_types(type, 2.5) == with_floating);
    // A double does not widen float32 either.
    CHECK((x.astype(float32) * 2.5).dtype() == float32);
  }
}

TEST_CASE("true division and functions of integers give floating results") {
  for (DType type : types) {
    INFO(type);
    const DType floating = type == float64 || type == int32 || type == int64 ? float64 : float32;
    CHECK((ones({2}, type) / ones({2}, type)).dtype() == floating);
    // A whole number makes a bool int64 first.
    CHECK((ones({2}, type) / 2).dtype() == (type == bool_ ? float64 : floating));
    CHECK(exp(ones({2}, type)).dtype() == floating);
    CHECK(mean(ones({2}, type)).dtype() == floating);
  }
  CHECK((tensor({7, -7}) / 2).to_vector<double>() == std::vector<double>{3.5, -3.5});
}

TEST_CASE("sums of bool and integers are int64") {
  for (DType type : {bool_, uint8, int32, int64}) {
    const Tensor total = sum(full({300}, 1, type));
    CHECK(total.dtype() == int64);
    CHECK(total.item<int64_t>() == 300);
  }
  CHECK(sum(ones({2}, float32)).dtype() == float32);
}

TEST_CASE("means of whole numbers divide their exact sum") {
  // The sum of 100003 bytes, a third of them 1 and the others 255, is odd and beyond 2^24: no float.
  const Tensor x = full({100'003}, 255, uint8);
  x.slice(0, {0, 33'334}).fill(1);
  const auto expected = static_cast<float>(17'033'929.0 / 100'003);
  CHECK(sum(x).item<int64_t>() == 17'033'929);
  CHECK(mean(x).item<float>() == expected);
  CHECK(mean(x.reshape({-1, 1}), 0).item<float>() == expected);
  CHECK(mean(x.reshape({1, -1}), 1, true).item<float>() == expected);
  CHECK(mean(x.astype(int32)).item() == 17'033'929.0 / 100'003);
  CHECK(mean(x > 1).item<float>() == static_cast<float>(66'669.0 / 100'003));
  CHECK(mean(full({3}, std::numeric_limits<int32_t>::max(), int32)).item() == std::numeric_limits<int32_t>::max());
  CHECK(std::isnan(mean(zeros({0}, uint8)).item()));
  // Repeated elements take no memory.
  CHECK(sum(full({1}, 3, uint8).broadcast_to({int64_t{1} << 45})).item<int64_t>() == int64_t{3} << 45);
  CHECK(mean(full({1}, 3, uint8).broadcast_to({int64_t{1} << 45})).item() == 3);
}

TEST_CASE("integer arithmetic") {
  CHECK(array_equal(tensor({7, -7}) * tensor({3, 3}), tensor({21, -21})));
  CHECK(array_equal(tensor({250, 10}, uint8) + tensor({10, 10}, uint8), tensor({4, 20}, uint8)));
  CHECK(array_equal(-tensor({1, 2}, int32), tensor({-1, -2}, int32)));
  CHECK(array_equal(power(tensor({2, 3}), 3), tensor({8, 27})));
  // Large numbers keep all digits.
  CHECK((tensor({int64_t{1} << 53}) + 1)[0].item<int64_t>() == (int64_t{1} << 53) + 1);
  CHECK(array_equal(tensor({true, false}) + tensor({true, true}), tensor({true, true})));
}

TEST_CASE("astype converts as C does") {
  CHECK(array_equal(tensor({1.9, -1.9, 0.0}).astype(int32), tensor({1, -1, 0}, int32)));
  CHECK(array_equal(tensor({2, 0, -3}).astype(bool_), tensor({true, false, true})));
  CHECK(array_equal(tensor({0.5, 0.0}).astype(bool_), tensor({true, false})));
  CHECK(array_equal(tensor({true, false}).astype(float32), tensor({1.0, 0.0})));
  CHECK(array_equal(tensor({7, 300}).astype(uint8), tensor({7, 44}, uint8)));
  CHECK(tensor({0.1}, float64).astype(float32)[0].item() == double{0.1f});
  const Tensor x = ones({2});
  CHECK(x.astype(float32).handle() == x.handle());
  CHECK(array_equal(arange(6).reshape({2, 3}).transpose().astype(float32), tensor({{0., 3.}, {1., 4.}, {2., 5.}})));
}

TEST_CASE("names of types are NumPy's") {
  CHECK(std::string(name(bool_)) == "bool");
  CHECK(std::string(name(uint8)) == "uint8");
  CHECK(std::string(name(int32)) == "int32");
  CHECK(std::string(name(int64)) == "int64");
  CHECK(std::string(name(float32)) == "float32");
  CHECK(std::string(name(float64)) == "float64");
}
