#include "kernels/copy/take.hpp"

#include <cstring>
#include <memory>
#include <vector>

#include "catch.hpp"
#include "kernels/reference.hpp"

using namespace xtape;

TEMPLATE_TEST_CASE("take and scatter_add", "[kernels]", float, double, int64_t, int32_t) {
  for (const int64_t outer : {1, 3})
    for (const int64_t inner : {1, 2, 7, 64})
      for (const int64_t count : {0, 1, 50, 5000}) {
        const int64_t axis_size = 37;
        const auto x = testing::random_vector<TestType>(outer * axis_size * inner, -50, 50);
        std::vector<int64_t> indices(static_cast<size_t>(count));
        for (int64_t k = 0; k < count; ++k) indices[k] = k * k * 7 % axis_size;
        std::vector<TestType> y(static_cast<size_t>(outer * count * inner));
        const int64_t bytes = inner * static_cast<int64_t>(sizeof(TestType));
        kernels::take(x.data(), {outer, axis_size, bytes}, indices.data(), count, y.data());
        std::vector<TestType> sums(x.size(), TestType(1)), expected = sums;
        kernels::scatter_add(y.data(), indices.data(), count, sums.data(), {outer, axis_size, inner});
        int64_t wrong = 0;
        for (int64_t o = 0; o < outer; ++o)
          for (int64_t k = 0; k < count; ++k)
            for (int64_t i = 0; i < inner; ++i) {
              const int64_t at = (o * axis_size + indices[k]) * inner + i;
              wrong += y[(o * count + k) * inner + i] != x[at];
              expected[at] += x[at];
            }
        INFO("outer " << outer << ", inner " << inner << ", count " << count);
        CHECK(wrong == 0);
        CHECK(sums == expected);
      }
}

TEMPLATE_TEST_CASE("one_hot", "[kernels]", float, double, int64_t, int32_t, uint8_t, bool) {
  const int64_t labels[] = {2, 0, 2};
  const TestType expected[] = {0, 0, 1, 1, 0, 0, 0, 0, 1};
  TestType y[9];
  kernels::one_hot(labels, y, 3, 3);
  CHECK(std::memcmp(y, expected, sizeof y) == 0);
}
