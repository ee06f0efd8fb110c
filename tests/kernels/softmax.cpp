#include "kernels/softmax/softmax.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "kernels/reference.hpp"

using namespace xtape;

namespace {

struct Row {
  std::vector<double> probability;
  double log_sum;
};

template <class T>
Row reference(const T* x, int64_t columns) {
  Row row{std::vector<double>(static_cast<size_t>(columns)), 0};
  double largest = x[0], sum = 0;
  for (int64_t i = 0; i < columns; ++i) largest = std::max<double>(largest, x[i]);
  for (int64_t i = 0; i < columns; ++i) sum += row.probability[i] = std::exp(x[i] - largest);
  for (double& p : row.probability) p /= sum;
  row.log_sum = largest + std::log(sum);
  return row;
}

}  // namespace

TEMPLATE_TEST_CASE("softmax, cross-entropy and their gradients", "[kernels]", float, double) {
  using T = TestType;
  for (const int64_t rows : {0, 1, 5, 130})
    for (const int64_t columns : {1, 3, 7, 8, 10, 16, 17, 64, 300, 1000}) {
      const int64_t size = rows * columns;
      const auto x = testing::random_vector<T>(size, -9, 9, 1), g = testing::random_vector<T>(size, -1, 1, 2);
      const auto targets = testing::random_vector<T>(size, 0, 1, 3), g_loss = testing::random_vector<T>(rows, -1, 1, 4);
      std::vector<int64_t> labels(static_cast<size_t>(rows));
      for (int64_t r = 0; r < rows; ++r) labels[r] = r * 7 % columns;
      std::vector<T> y(x.size()), log_y = x, dx(x.size()), log_dx(x.size()), dense_dx(x.size()), sparse_dx(x.size());
      std::vector<T> log_dy(x.size());
      std::vector<T> dense(labels.size()), sparse(dense), log_sums(2 * labels.size());
      kernels::softmax(x.data(), y.data(), rows, columns);
      kernels::log_softmax(log_y.data(), log_y.data(), rows, columns);  // in place
      kernels::softmax_vjp(g.data(), y.data(), dx.data(), rows, columns);
      kernels::log_softmax_vjp(g.data(), log_y.data(), log_dx.data(), rows, columns);
      kernels::log_softmax_jvp(g.data(), log_y.data(), log_dy.data(), rows, columns);
      kernels::cross_entropy(x.data(), labels.data(), sparse.data(), log_sums.data(), rows, columns);
      kernels::cross_entropy_vjp(kernels::CrossEntropyVjp<T, int64_t>{
          rows, columns, g_loss.data(), x.data(), labels.data(), log_sums.data(), sparse_dx.data()});
      kernels::cross_entropy(x.data(), targets.data(), dense.data(), log_sums.data(), rows, columns);
      kernels::cross_entropy_vjp(kernels::CrossEntropyVjp<T, T>{rows, columns, g_loss.data(), x.data(), targets.data(),
                                                                log_sums.data(), dense_dx.data()});
      int64_t wrong = 0;
      for (int64_t r = 0; r < rows; ++r) {
        const int64_t at = r * columns;
        const Row row = reference(&x[at], columns);
        double g_dot_y = 0, g_sum = 0, target_sum = 0, loss = 0;
        for (int64_t i = 0; i < columns; ++i) {
          g_dot_y += g[at + i] * row.probability[i];
          g_sum += g[at + i];
          target_sum += targets[at + i];
          loss += targets[at + i] * (row.log_sum - x[at + i]);
        }
        wrong += !testing::close(log_sums[2 * r] + log_sums[2 * r + 1], row.log_sum, 16);
        wrong += !testing::close(sparse[r], row.log_sum - x[at + labels[r]], 16);
        wrong += !testing::close(dense[r], loss, 64);
        for (int64_t i = 0; i < columns; ++i) {
          const double p = row.probability[i], is_label = i == labels[r];
          wrong += !testing::close(y[at + i], p);
          wrong += !testing::close(log_y[at + i], x[at + i] - row.log_sum, 16);
          wrong += !testing::close(dx[at + i], p * (g[at + i] - g_dot_y));
          wrong += !testing::close(log_dx[at + i], g[at + i] - p * g_sum, 16);
          wrong += !testing::close(log_dy[at + i], g[at + i] - g_dot_y, 16);
          wrong += !testing::close(sparse_dx[at + i], g_loss[r] * (p - is_label));
          wrong += !testing::close(dense_dx[at + i], g_loss[r] * (p * target_sum - targets[at + i]), 256);
        }
      }
      INFO("rows " << rows << ", columns " << columns);
      CHECK(wrong == 0);
    }
}

TEMPLATE_TEST_CASE("softmax of large and of infinite logits", "[kernels]", float, double) {
  const TestType infinity = std::numeric_limits<TestType>::infinity();
  const TestType x[] = {1000, -1000, 0, -infinity, 0, 0}, targets[] = {1, 0, 0, 0, 0.5, 0.5};
  TestType y[6], loss[2], log_sums[4];
  kernels::softmax(x, y, 2, 3);
  CHECK((y[0] == 1 && y[1] == 0 && y[2] == 0 && y[3] == 0 && y[4] == 0.5 && y[5] == 0.5));
  kernels::cross_entropy(x, targets, loss, log_sums, 2, 3);
  CHECK(loss[0] == 0);
  CHECK(loss[1] == Approx(std::log(2.0)));
}

TEMPLATE_TEST_CASE("cross-entropy beside which the logits are large", "[kernels]", float, double) {
  using T = TestType;
  for (const double large : {1e6, 1e30, -1e30}) {
    // Twice the largest: each has half of the probability.
    const T top = static_cast<T>(large), x[] = {top, top, static_cast<T>(top - std::abs(top) / 2)}, g[] = {1};
    const T targets[] = {0, 1, 0};
    const int64_t label[] = {1};
    T loss[1], log_sums[2], dx[3];
    const auto check = [&] {
      CHECK(loss[0] == Approx(std::log(2.0)));
      CHECK(dx[0] == Approx(0.5));
      CHECK(dx[1] == Approx(-0.5));
      CHECK(dx[2] == 0);
    };
    kernels::cross_entropy(x, label, loss, log_sums, 1, 3);
    kernels::cross_entropy_vjp(kernels::CrossEntropyVjp<T, int64_t>{1, 3, g, x, label, log_sums, dx});
    check();
    kernels::cross_entropy(x, targets, loss, log_sums, 1, 3);
    kernels::cross_entropy_vjp(kernels::CrossEntropyVjp<T, T>{1, 3, g, x, targets, log_sums, dx});
    check();
  }
}

TEMPLATE_TEST_CASE("a logit that is not a number spreads over its row only", "[kernels]", float, double) {
  constexpr int64_t columns = 100;
  for (const int64_t position : {0, 1, 40, 99}) {
    std::vector<TestType> x = testing::random_vector<TestType>(2 * columns, -1, 1), y(x.size()), log_y(x.size());
    x[position] = std::numeric_limits<TestType>::quiet_NaN();
    const int64_t labels[] = {5, 5};
    TestType loss[2], log_sums[4];
    kernels::softmax(x.data(), y.data(), 2, columns);
    kernels::log_softmax(x.data(), log_y.data(), 2, columns);
    kernels::cross_entropy(x.data(), labels, loss, log_sums, 2, columns);
    const auto nan_count = [](const std::vector<TestType>& all, int64_t row) {
      return std::count_if(&all[row * columns], &all[row * columns] + columns,
                           [](TestType v) { return std::isnan(v); });
    };
    CHECK(nan_count(y, 0) == columns);
    CHECK(nan_count(log_y, 0) == columns);
    CHECK((nan_count(y, 1) == 0 && nan_count(log_y, 1) == 0));
    CHECK((std::isnan(loss[0]) && !std::isnan(loss[1])));
  }
}

TEMPLATE_TEST_CASE("the softmax of a row does not depend on the rows beside it", "[kernels][softmax]", float, double) {
  constexpr int64_t rows = 37;
  for (const int64_t columns : {3, 10, 64, 200, 300}) {
    INFO(columns << " columns");
    const auto x = testing::random_vector<TestType>(rows * columns, -9, 9, 1);
    std::vector<TestType> together(x.size()), alone(x.size());
    kernels::softmax<TestType>(x.data(), together.data(), rows, columns);
    for (int64_t row = 0; row < rows; ++row)
      kernels::softmax<TestType>(x.data() + row * columns, alone.data() + row * columns, 1, columns);
    CHECK(together == alone);
  }
}
