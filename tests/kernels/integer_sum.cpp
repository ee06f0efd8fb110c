#include "kernels/reduction/integer_sum.hpp"

#include <array>
#include <memory>
#include <vector>

#include "catch.hpp"
#include "kernels/reference.hpp"

using namespace xtape;

TEMPLATE_TEST_CASE("sums of whole numbers over any axis are exact", "[kernels]", int64_t, int32_t, uint8_t, bool) {
  using Layout = std::array<int64_t, 3>;  // outer, size, inner
  std::vector<Layout> layouts = {{2, 0, 3}, {0, 4, 1}, {3, 300'000, 1}, {1, 70'001, 3}, {300, 700, 1}, {2, 5, 65'537}};
  for (const int64_t length : testing::lengths) layouts.insert(layouts.end(), {{1, length, 1}, {3, length, 1}, {2, 5, length}});
  for (const auto& [outer, size, inner] : layouts) {
    const auto count = static_cast<std::size_t>(outer * size * inner);
    const std::unique_ptr<TestType[]> x(new TestType[count]);
    // Sums of bytes pass 16 bits, and blocks of them; those of wider numbers pass 32.
    for (std::size_t i = 0; i < count; ++i) {
      if constexpr (sizeof(TestType) == 1) {
        x[i] = static_cast<TestType>(255 - i % 7);
      } else {
        x[i] = static_cast<TestType>(2'000'000'000 - static_cast<int64_t>(i % 13) * 250'000'000);
      }
    }
    std::vector<int64_t> y(static_cast<std::size_t>(outer * inner), 7);
    kernels::integer_sum(x.get(), y.data(), {outer, size, inner});
    int64_t wrong = 0;
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t i = 0; i < inner; ++i) {
        int64_t expected = 0;
        for (int64_t k = 0; k < size; ++k) expected += x[static_cast<std::size_t>((o * size + k) * inner + i)];
        wrong += y[static_cast<std::size_t>(o * inner + i)] != expected;
      }
    }
    INFO("layout " << outer << ", " << size << ", " << inner);
    CHECK(wrong == 0);
  }
}

TEST_CASE("sums of whole numbers beyond int64 wrap around", "[kernels]") {
  const int64_t x[] = {INT64_MAX, 2};
  int64_t y;
  kernels::integer_sum(x, &y, {1, 2, 1});
  CHECK(y == INT64_MIN + 1);
}
