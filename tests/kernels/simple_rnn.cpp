#include "kernels/recurrent/simple_rnn.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "kernels/recurrent/rows.hpp"
#include "kernels/reference.hpp"

using namespace xtape;

TEMPLATE_TEST_CASE("simple_rnn_step and its vjp follow the formulas", "[simple_rnn]", float, double) {
  using T = TestType;
  for (const auto& [rows, units] : {std::pair<int64_t, int64_t>{1, 1}, {3, 5}, {17, 16}, {128, 65}}) {
    // Rows further apart than they are long.
    const int64_t step = units + 3;
    const std::vector<T> sums = testing::random_vector<T>(rows * step, -2, 2, 1);
    const std::vector<T> output_gradient = testing::random_vector<T>(rows * units, -2, 2, 2);
    const std::vector<T> hidden_gradient = testing::random_vector<T>(rows * units, -2, 2, 3);
    std::vector<T> hidden = sums, gradient(rows * step, T(9)), alone = gradient;
    const kernels::Matrix<T> states{hidden.data(), rows, units, step};
    kernels::simple_rnn_step<T>(states);
    kernels::simple_rnn_vjp<T>({.hidden = states,
                                .output_gradient = {output_gradient.data(), rows, units, units},
                                .hidden_gradient = hidden_gradient.data(),
                                .sums_gradient = {gradient.data(), rows, units, step}});
    kernels::simple_rnn_vjp<T>({.hidden = states,
                                .output_gradient = {},
                                .hidden_gradient = hidden_gradient.data(),
                                .sums_gradient = {alone.data(), rows, units, step}});
    double worst = 0;
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t u = 0; u < units; ++u) {
        const int64_t at = r * step + u, here = r * units + u;
        const double h = std::tanh(static_cast<double>(sums[at])), slope = 1 - h * h;
        worst = std::max(worst, std::abs(hidden[at] - h));
        worst = std::max(worst, std::abs(gradient[at] - (output_gradient[here] + hidden_gradient[here]) * slope));
        worst = std::max(worst, std::abs(alone[at] - hidden_gradient[here] * slope));
      }
      CHECK(hidden[r * step + units] == sums[r * step + units]);
      CHECK(gradient[r * step + units] == 9);
    }
    CHECK(worst < 40 * std::numeric_limits<T>::epsilon());
  }
}

TEMPLATE_TEST_CASE("rows are gathered, summed and multiplied", "[rows]", float, double) {
  using T = TestType;
  // Few rows on one thread, many on several.
  for (const int64_t rows : {1, 7, 5000}) {
    const int64_t width = 9, step = width + 2;
    const std::vector<T> from = testing::random_vector<T>(rows * step, -2, 2, 1);
    std::vector<int64_t> index, count;
    for (int64_t i = 0; i < rows; ++i) {
      index.push_back(i % 3 == 1 ? -1 : (i * 7) % rows);
      count.push_back(std::min<int64_t>(1 + i % 3, rows - i));
    }
    std::vector<int64_t> begin(rows);
    for (int64_t i = 0; i < rows; ++i) begin[i] = i;
    std::vector<T> gathered(rows * width), summed(rows * width), product(rows * step, T(9)), added(rows * step, T(9));
    kernels::gather_rows<T>(from.data(), index.data(), rows, width, gathered.data());
    kernels::sum_row_ranges<T>(from.data(), begin.data(), count.data(), rows, width, summed.data());
    const kernels::Matrix<const T> a{from.data(), rows, width, step};
    kernels::multiply_rows<T>(a, gathered.data(), {product.data(), rows, width, step});
    kernels::add_product_of_rows<T>(a, gathered.data(), {added.data(), rows, width, step});
    bool same = true;
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t k = 0; k < width; ++k) {
        const T expected = index[i] < 0 ? T(0) : from[index[i] * width + k];
        same &= gathered[i * width + k] == expected;
        T sum = from[i * width + k];
        for (int64_t j = 1; j < count[i]; ++j) sum += from[(i + j) * width + k];
        same &= summed[i * width + k] == sum;
        same &= product[i * step + k] == from[i * step + k] * expected;
        same &= std::abs(added[i * step + k] - (9 + from[i * step + k] * expected)) <= 1e-5;
      }
      same &= product[i * step + width] == 9 && added[i * step + width] == 9;
    }
    CHECK(same);
  }
}
