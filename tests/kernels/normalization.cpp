#include "kernels/normalization/normalization.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "kernels/reduction/reduce.hpp"
#include "kernels/reference.hpp"

using namespace xtape;

namespace {

// Normalizes numbers x(i), i < n, and returns the gradients with respect to them, given those of the normalized ones.
struct Normalized {
  double mean = 0, rstd = 0;
  std::vector<double> y, dx;

  template <class X, class G>
  Normalized(int64_t n, double epsilon, const X& x, const G& g) : y(n), dx(n) {
    long double total = 0, squares = 0, sum = 0, dot = 0;
    for (int64_t i = 0; i < n; ++i) total += x(i);
    mean = static_cast<double>(total / n);
    for (int64_t i = 0; i < n; ++i) squares += (x(i) - mean) * (x(i) - mean);
    rstd = 1 / std::sqrt(static_cast<double>(squares / n) + epsilon);
    for (int64_t i = 0; i < n; ++i) {
      y[i] = (x(i) - mean) * rstd;
      sum += g(i) / n;
      dot += g(i) * y[i] / n;
    }
    for (int64_t i = 0; i < n; ++i) dx[i] = rstd * (g(i) - static_cast<double>(sum) - y[i] * static_cast<double>(dot));
  }
};

}  // namespace

TEMPLATE_TEST_CASE("layer normalization", "[kernels]", float, double) {
  using T = TestType;
  for (const int64_t rows : {1, 5, 400})
    for (const int64_t columns : {2, 7, 16, 33, 128, 513}) {
      const int64_t size = rows * columns;
      const auto x = testing::random_vector<T>(size, 2, 5, 1), g = testing::random_vector<T>(size, -1, 1, 2);
      const auto gamma = testing::random_vector<T>(columns, 0.5, 1.5, 3),
                 beta = testing::random_vector<T>(columns, -1, 1, 4);
      std::vector<T> y(x.size()), dx(y), mean(static_cast<size_t>(rows)), rstd(mean), dgamma(gamma.size()),
          dbeta(dgamma);
      kernels::layer_norm<T>({.rows = rows,
                              .columns = columns,
                              .x = x.data(),
                              .gamma = gamma.data(),
                              .beta = beta.data(),
                              .epsilon = T(1e-3),
                              .y = y.data(),
                              .mean = mean.data(),
                              .rstd = rstd.data()});
      kernels::layer_norm_vjp<T>({.rows = rows,
                                  .columns = columns,
                                  .g = g.data(),
                                  .x = x.data(),
                                  .mean = mean.data(),
                                  .rstd = rstd.data(),
                                  .gamma = gamma.data(),
                                  .dx = dx.data(),
                                  .dgamma = dgamma.data(),
                                  .dbeta = dbeta.data()});
      // g as the tangent of x, and beta and gamma as those of gamma and beta.
      std::vector<T> dy(y);
      kernels::layer_norm_jvp<T>({.rows = rows,
                                  .columns = columns,
                                  .dx = g.data(),
                                  .x = x.data(),
                                  .mean = mean.data(),
                                  .rstd = rstd.data(),
                                  .gamma = gamma.data(),
                                  .dgamma = beta.data(),
                                  .dbeta = gamma.data(),
                                  .dy = dy.data()});
      std::vector<double> gamma_sums(gamma.size()), beta_sums(gamma.size());
      int64_t wrong = 0;
      for (int64_t r = 0; r < rows; ++r) {
        const T* row = &x[r * columns];
        const T* upstream = &g[r * columns];
        const Normalized reference(
            columns, T(1e-3), [&](int64_t i) { return double{row[i]}; },
            [&](int64_t i) { return double{upstream[i]} * gamma[i]; });
        const Normalized tangent(
            columns, T(1e-3), [&](int64_t i) { return double{row[i]}; },
            [&](int64_t i) { return double{upstream[i]}; });
        for (int64_t i = 0; i < columns; ++i) {
          const double of_parameters = reference.y[i] * beta[i] + gamma[i];
          wrong += !testing::close(dy[r * columns + i], tangent.dx[i] * gamma[i] + of_parameters, 64);
          wrong += !testing::close(y[r * columns + i], reference.y[i] * gamma[i] + beta[i], 32);
          wrong += !testing::close(dx[r * columns + i], reference.dx[i], 64);
          gamma_sums[i] += upstream[i] * reference.y[i];
          beta_sums[i] += upstream[i];
        }
      }
      for (int64_t i = 0; i < columns; ++i) {
        wrong += !testing::close(dgamma[i], gamma_sums[i], 50);
        wrong += !testing::close(dbeta[i], beta_sums[i], 50);
      }
      INFO("rows " << rows << ", columns " << columns);
      CHECK(wrong == 0);
    }
}

TEMPLATE_TEST_CASE("layer normalization of equal numbers far from zero has derivatives", "[kernels]", float, double) {
  using T = TestType;
  const T value = sizeof(T) == sizeof(float) ? T(1e38) : T(1e308), epsilon = T(1e-3);
  for (const int64_t columns : {1, 3, 8, 16, 17}) {
    INFO(columns);
    const auto size = static_cast<size_t>(columns);
    const std::vector<T> x(size, value);
    const auto g = testing::random_vector<T>(columns, -1, 1, 2);
    std::vector<T> y(size), dx(size), dy(size), dgamma(size), dbeta(size), mean(1), rstd(1);
    kernels::layer_norm<T>({.rows = 1,
                            .columns = columns,
                            .x = x.data(),
                            .gamma = nullptr,
                            .beta = nullptr,
                            .epsilon = epsilon,
                            .y = y.data(),
                            .mean = mean.data(),
                            .rstd = rstd.data()});
    kernels::layer_norm_vjp<T>({.rows = 1,
                                .columns = columns,
                                .g = g.data(),
                                .x = x.data(),
                                .mean = mean.data(),
                                .rstd = rstd.data(),
                                .gamma = nullptr,
                                .dx = dx.data(),
                                .dgamma = dgamma.data(),
                                .dbeta = dbeta.data()});
    kernels::layer_norm_jvp<T>({.rows = 1,
                                .columns = columns,
                                .dx = g.data(),
                                .x = x.data(),
                                .mean = mean.data(),
                                .rstd = rstd.data(),
                                .gamma = nullptr,
                                .dgamma = nullptr,
                                .dbeta = nullptr,
                                .dy = dy.data()});
    const Normalized reference(
        columns, epsilon, [](int64_t) { return 1.0; }, [&](int64_t i) { return double{g[static_cast<size_t>(i)]}; });
    for (size_t i = 0; i < size; ++i) {
      CHECK(testing::close(dx[i], reference.dx[i], 64));
      CHECK(testing::close(dy[i], reference.dx[i], 64));
    }
    CHECK(dbeta == g);
    CHECK(dgamma == std::vector<T>(size, T(0)));
  }
}

TEMPLATE_TEST_CASE("batch normalization", "[kernels]", float, double) {
  using T = TestType;
  for (const int64_t rows : {2, 5, 400, 9001})
    for (const int64_t columns : {1, 3, 16, 32, 33, 130}) {
      const int64_t size = rows * columns;
      const auto x = testing::random_vector<T>(size, 2, 5, 1), g = testing::random_vector<T>(size, -1, 1, 2);
      const auto gamma = testing::random_vector<T>(columns, 0.5, 1.5, 3),
                 beta = testing::random_vector<T>(columns, -1, 1, 4);
      std::vector<T> y(x.size()), dx(y), mean(gamma.size()), variance(mean), rstd(mean), scale(mean), dgamma(mean),
          dbeta(mean);
      kernels::batch_statistics(x.data(), mean.data(), variance.data(), rows, columns);
      for (int64_t i = 0; i < columns; ++i) {
        rstd[i] = 1 / std::sqrt(variance[i] + T(1e-3));
        scale[i] = rstd[i] * gamma[i];
      }
      kernels::batch_norm<T>({.rows = rows,
                              .columns = columns,
                              .x = x.data(),
                              .mean = mean.data(),
                              .scale = scale.data(),
                              .shift = beta.data(),
                              .y = y.data()},
                             kernels::Activation::linear);
      kernels::batch_norm_vjp<T>({.rows = rows,
                                  .columns = columns,
                                  .g = g.data(),
                                  .x = x.data(),
                                  .mean = mean.data(),
                                  .rstd = rstd.data(),
                                  .scale = scale.data(),
                                  .shift = beta.data(),
                                  .dx = dx.data(),
                                  .dgamma = dgamma.data(),
                                  .dbeta = dbeta.data()},
                                 kernels::Activation::linear);
      // g as the tangent of x, and beta and gamma as those of gamma and beta.
      std::vector<T> dy(y);
      kernels::batch_norm_jvp<T>({.rows = rows,
                                  .columns = columns,
                                  .dx = g.data(),
                                  .x = x.data(),
                                  .mean = mean.data(),
                                  .rstd = rstd.data(),
                                  .scale = scale.data(),
                                  .dgamma = beta.data(),
                                  .dbeta = gamma.data(),
                                  .dy = dy.data()});
      int64_t wrong = 0;
      for (int64_t c = 0; c < columns; ++c) {
        const Normalized reference(
            rows, T(1e-3), [&](int64_t r) { return double{x[r * columns + c]}; },
            [&](int64_t r) { return double{g[r * columns + c]} * gamma[c]; });
        long double gamma_sum = 0, beta_sum = 0;
        for (int64_t r = 0; r < rows; ++r) {
          wrong += !testing::close(y[r * columns + c], reference.y[r] * gamma[c] + beta[c], 8);
          wrong += !testing::close(dx[r * columns + c], reference.dx[r], 16);
          const double of_parameters = reference.y[r] * beta[c] + gamma[c];
          wrong += !testing::close(dy[r * columns + c], reference.dx[r] + of_parameters, 32);
          gamma_sum += g[r * columns + c] * reference.y[r];
          beta_sum += g[r * columns + c];
        }
        wrong += !testing::close(mean[c], reference.mean, 5);
        wrong += !testing::close(rstd[c], reference.rstd, 1);
        // Of thousands of terms that cancel: their rounding errors add up as steps of a random walk do. At 9001 rows 100
        // was not enough for one thread, which adds all of them to one sum.
        const double scale = std::max(100.0, 2 * std::sqrt(static_cast<double>(rows)));
        wrong += !testing::close(dgamma[c], static_cast<double>(gamma_sum), scale);
        wrong += !testing::close(dbeta[c], static_cast<double>(beta_sum), scale);
      }
      INFO("rows " << rows << ", columns " << columns);
      CHECK(wrong == 0);
    }
}

TEST_CASE("batch statistics far from zero, with an outlier in front", "[kernels]") {
  auto x = testing::random_vector<float>(3000 * 20, 9999, 10001);
  x[0] = 0;
  std::vector<float> mean(20), variance(20);
  kernels::batch_statistics(x.data(), mean.data(), variance.data(), 3000, 20);
  double exact_mean = 0, squares = 0;
  for (int64_t r = 0; r < 3000; ++r) exact_mean += x[r * 20 + 1] / 3000.0;
  for (int64_t r = 0; r < 3000; ++r) squares += std::pow(x[r * 20 + 1] - exact_mean, 2) / 3000;
  CHECK(mean[1] == Approx(exact_mean).epsilon(1e-7));
  CHECK(variance[1] == Approx(squares).epsilon(1e-4));
}

TEMPLATE_TEST_CASE("statistics of a constant are exact", "[kernels]", float, double) {
  using T = TestType;
  for (const double value : {0.1, 1e4 / 3, 1e6 / 3, -1e8 / 3, 1e30, 1e-30}) {
    for (const int64_t rows : {1, 2, 3, 10, 100, 3001}) {
      for (const int64_t columns : {1, 3, 33}) {
        INFO(value << ", rows " << rows << ", columns " << columns);
        const std::vector<T> x(static_cast<size_t>(rows * columns), static_cast<T>(value));
        std::vector<T> mean(static_cast<size_t>(columns)), variance(mean), y(x), means(static_cast<size_t>(rows)),
            rstd(means);
        kernels::batch_statistics(x.data(), mean.data(), variance.data(), rows, columns);
        CHECK(mean == std::vector<T>(mean.size(), x[0]));
        CHECK(variance == std::vector<T>(mean.size(), T(0)));
        kernels::layer_norm<T>({.rows = rows,
                                .columns = columns,
                                .x = x.data(),
                                .gamma = nullptr,
                                .beta = nullptr,
                                .epsilon = T(1e-3),
                                .y = y.data(),
                                .mean = means.data(),
                                .rstd = rstd.data()});
        CHECK(y == std::vector<T>(x.size(), T(0)));
      }
    }
  }
}

TEMPLATE_TEST_CASE("normalization of numbers of any size, and far from zero", "[kernels]", float, double) {
  using T = TestType;
  const bool single = sizeof(T) == sizeof(float);
  struct Scale {
    double offset, unit;
  };
  for (const Scale& scale : {Scale{0, single ? 1e30 : 1e300}, {0, single ? 1e19 : 1e160}, {single ? 1e6 : 1e12, 1}}) {
    for (const int64_t columns : {2, 16, 67}) {
      std::vector<T> x = testing::random_vector<T>(columns, -1, 1), y(x), column_mean(1), variance(1);
      for (T& value : x) value = static_cast<T>(value * scale.unit + scale.offset);
      T mean, rstd;
      kernels::layer_norm<T>({.rows = 1,
                              .columns = columns,
                              .x = x.data(),
                              .gamma = nullptr,
                              .beta = nullptr,
                              .epsilon = T(1e-3),
                              .y = y.data(),
                              .mean = &mean,
                              .rstd = &rstd});
      kernels::batch_statistics(x.data(), column_mean.data(), variance.data(), columns, 1);
      long double exact_mean = 0, squares = 0;
      for (const T value : x) exact_mean += value / static_cast<long double>(columns);
      for (const T value : x) squares += (value - exact_mean) * (value - exact_mean);
      const long double exact_variance = squares / columns, exact_rstd = 1 / std::sqrt(exact_variance + 1e-3L);
      INFO(columns << " columns of " << scale.unit << " at " << scale.offset);
      // The mean itself cannot hold more than half a unit of the last place of the offset, which rstd multiplies.
      const double half_unit = single ? 0.03125 : 6.2e-5;
      const double tolerance = scale.offset == 0 ? 1e-5 : 1e-5 + half_unit * static_cast<double>(exact_rstd);
      for (int64_t i = 0; i < columns; ++i)
        CHECK(y[i] == Approx(static_cast<double>((x[i] - exact_mean) * exact_rstd)).margin(tolerance));
      if (scale.offset != 0)
        CHECK(variance[0] == Approx(static_cast<double>(exact_variance)).epsilon(single ? 2e-6 : 1e-13));
    }
  }
}
