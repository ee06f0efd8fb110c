#include "kernels/copy/copy.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "kernels/reference.hpp"

using namespace xtape;

namespace {

// Copies a dense array, its axes in the given order, and compares with plain loops.
template <class T>
void check_permuted(const std::vector<int64_t>& sizes, const std::vector<int>& order) {
  const size_t rank = sizes.size();
  std::vector<int64_t> strides(rank), permuted_sizes(rank), from_strides(rank), to_strides(rank);
  int64_t total = 1;
  for (size_t axis = rank; axis-- > 0; total *= sizes[axis]) strides[axis] = total;
  for (size_t axis = 0; axis < rank; ++axis) {
    permuted_sizes[axis] = sizes[order[axis]];
    from_strides[axis] = strides[order[axis]];
  }
  int64_t product = 1;
  for (size_t axis = rank; axis-- > 0; product *= permuted_sizes[axis]) to_strides[axis] = product;
  const std::vector<T> from = testing::random_vector<T>(total, 0, 250);
  for (const bool gather : {true, false}) {  // from strided to dense, and from dense to strided
    std::vector<T> to(from.size(), T(255));
    const auto& a = gather ? from_strides : to_strides;
    const auto& b = gather ? to_strides : from_strides;
    kernels::copy_strided(kernels::collapse<2>(static_cast<int>(rank), permuted_sizes.data(), {a.data(), b.data()}),
                          from.data(), to.data(), sizeof(T));
    int64_t wrong = 0;
    for (int64_t i = 0; i < total; ++i) {
      int64_t index = i, at_a = 0, at_b = 0;
      for (size_t axis = rank; axis-- > 0; index /= permuted_sizes[axis]) {
        at_a += index % permuted_sizes[axis] * a[axis];
        at_b += index % permuted_sizes[axis] * b[axis];
      }
      wrong += to[at_b] != from[at_a];
    }
    INFO("rank " << rank << ", first size " << (rank ? sizes[0] : 0) << ", gather " << gather);
    CHECK(wrong == 0);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("strided copies", "[kernels]", uint8_t, float, double) {
  check_permuted<TestType>({}, {});
  check_permuted<TestType>({0, 4}, {1, 0});
  check_permuted<TestType>({1000}, {0});
  for (const int64_t rows : {1, 2, 3, 7, 16, 17, 64, 100, 513})
    for (const int64_t columns : {1, 5, 16, 31, 200}) check_permuted<TestType>({rows, columns}, {1, 0});
  check_permuted<TestType>({5, 6, 7}, {0, 2, 1});
  check_permuted<TestType>({5, 6, 7}, {2, 1, 0});
  check_permuted<TestType>({5, 36, 17}, {1, 2, 0});
  check_permuted<TestType>({3, 20, 18, 33}, {0, 3, 1, 2});
  check_permuted<TestType>({3, 20, 18, 33}, {0, 2, 3, 1});
  check_permuted<TestType>({2, 1, 3, 4, 5, 2}, {5, 3, 1, 0, 2, 4});
}

TEST_CASE("strided copies broadcast, reverse and skip", "[kernels]") {
  const std::vector<float> from = testing::random_vector<float>(1000, 0, 1);
  std::vector<float> to(1000, -1);
  const int64_t sizes[] = {20, 10}, dense[] = {10, 1};
  const int64_t broadcast[] = {0, 3}, repeated[] = {3, 0}, reversed[] = {-10, -1}, skipping[] = {40, 4};
  const auto copy = [&](const float* start, const int64_t* strides, const int64_t* to_strides) {
    kernels::copy_strided(kernels::collapse<2>(2, sizes, {strides, to_strides}), start, to.data(), sizeof(float));
  };
  copy(from.data(), broadcast, dense);
  for (int i = 0; i < 200; ++i) REQUIRE(to[i] == from[i % 10 * 3]);
  copy(from.data(), repeated, dense);
  for (int i = 0; i < 200; ++i) REQUIRE(to[i] == from[i / 10 * 3]);
  copy(from.data() + 199, reversed, dense);
  for (int i = 0; i < 200; ++i) REQUIRE(to[i] == from[199 - i]);
  copy(from.data(), dense, skipping);
  for (int i = 0; i < 200; ++i) REQUIRE(to[4 * i] == from[i]);
}

TEMPLATE_TEST_CASE("casts", "[kernels]", float, double, int64_t, int32_t, uint8_t, bool) {
  for (const int64_t n : testing::lengths) {
    const std::vector<float> floats = testing::random_vector<float>(n, 0, 4);
    const auto source = std::make_unique<TestType[]>(static_cast<size_t>(n));
    kernels::cast(floats.data(), source.get(), n);
    const auto back = std::make_unique<double[]>(static_cast<size_t>(n));
    const auto flags = std::make_unique<bool[]>(static_cast<size_t>(n));
    const auto bytes = std::make_unique<uint8_t[]>(static_cast<size_t>(n));
    kernels::cast(source.get(), back.get(), n);
    kernels::cast(source.get(), flags.get(), n);
    kernels::cast(source.get(), bytes.get(), n);
    int64_t wrong = 0;
    for (int64_t i = 0; i < n; ++i) {
      wrong += source[i] != static_cast<TestType>(floats[i]) || back[i] != static_cast<double>(source[i]);
      wrong += flags[i] != (source[i] != 0) || bytes[i] != static_cast<uint8_t>(source[i]);
    }
    CHECK(wrong == 0);
  }
}

TEMPLATE_TEST_CASE("fill and copy_bytes", "[kernels]", float, int64_t, uint8_t) {
  for (const int64_t n : testing::lengths) {
    std::vector<TestType> to(static_cast<size_t>(n) + 1, TestType(1));
    kernels::fill(to.data(), TestType(7), n);
    CHECK(std::count(to.begin(), to.end(), TestType(7)) == n);
    CHECK(to.back() == TestType(1));
    std::vector<TestType> copy(to.size());
    kernels::copy_bytes(to.data(), copy.data(), to.size() * sizeof(TestType));
    CHECK(copy == to);
  }
}

TEMPLATE_TEST_CASE("where selects and broadcasts", "[kernels]", float, double, int64_t, int32_t, uint8_t) {
  const auto a = testing::random_vector<TestType>(120, 0, 100, 1),
             b = testing::random_vector<TestType>(120, 100, 200, 2);
  bool condition[120];
  for (int i = 0; i < 120; ++i) condition[i] = i % 3 == 0;
  const int64_t sizes[] = {4, 30}, dense[] = {30, 1}, row[] = {0, 1}, column[] = {1, 0}, scalar[] = {0, 0};
  const int64_t* choices[] = {dense, row, column, scalar};
  const auto at = [&](const int64_t* strides, int i) { return i / 30 * strides[0] + i % 30 * strides[1]; };
  std::vector<TestType> y(120);
  for (const int64_t* c : choices)
    for (const int64_t* left : choices)
      for (const int64_t* right : choices) {
        kernels::where(kernels::collapse<3>(2, sizes, {c, left, right}), condition, a.data(), b.data(), y.data());
        int64_t wrong = 0;
        for (int i = 0; i < 120; ++i) wrong += y[i] != (condition[at(c, i)] ? a[at(left, i)] : b[at(right, i)]);
        CHECK(wrong == 0);
      }
}
