#include "kernels/convolution/resample.hpp"

#include <cmath>
#include <vector>
#include <xtape/threads.hpp>

#include "catch.hpp"
#include "kernels/conv2d_reference.hpp"

using namespace xtape;

TEMPLATE_TEST_CASE("resample adds up weighed slices", "[kernels][resample]", float, double) {
  using T = TestType;
  const int before = get_num_threads();
  // Of five slices: one, none, three, the last two.
  const std::vector<int64_t> first = {1, 0, 0, 3}, begin = {0, 1, 1, 4, 6};
  const std::vector<T> weights = {T(0.5), T(2), T(-1), T(0.25), T(1), T(3)};
  for (const int64_t outer : {0, 1, 70})
    for (const int64_t inner : {0, 1, 3, 8, 37, 300}) {
      const std::vector<double> numbers = xtape::testing::sequence(outer * 5 * inner, 1);
      const std::vector<T> x(numbers.begin(), numbers.end());
      for (const int threads : {1, 2}) {
        INFO("outer " << outer << ", inner " << inner << ", threads " << threads);
        set_num_threads(threads);
        std::vector<T> y(static_cast<std::size_t>(outer * 4 * inner), T(-7));
        kernels::resample<T>({outer, 5, 4, inner, first.data(), begin.data(), weights.data()}, x.data(), y.data());
        double worst = 0;
        for (int64_t o = 0; o < outer; ++o)
          for (int64_t i = 0; i < 4; ++i)
            for (int64_t c = 0; c < inner; ++c) {
              double sum = 0;
              for (int64_t t = begin[i]; t < begin[i + 1]; ++t)
                sum += static_cast<double>(weights[t]) * x[(o * 5 + first[i] + t - begin[i]) * inner + c];
              worst = std::max(worst, std::abs(y[(o * 4 + i) * inner + c] - sum));
            }
        CHECK(worst <= (sizeof(T) == sizeof(float) ? 1e-6 : 1e-14));
      }
    }
  set_num_threads(before);
}
