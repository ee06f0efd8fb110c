#include "kernels/linalg/gemm.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>
#include <xtape/threads.hpp>

#include "catch.hpp"
#include "core/random.hpp"
#include "kernels/random/random.hpp"

using namespace xtape;

namespace {

template <class T>
std::vector<T> random_vector(int64_t n, uint64_t seed) {
  std::vector<T> x(n);
  kernels::random_uniform<T>({seed, 0}, n, -1, 1, x.data());
  return x;
}

struct Case {
  int64_t m, n, k;
  int64_t padding = 0;  // of each row, in all three matrices
};

// The rows, or the columns if transposed, one after another, with `padding` numbers behind each.
template <class T>
std::vector<T> laid_out(const std::vector<T>& rows_of, int64_t rows, int64_t columns, int64_t padding,
                        bool transposed) {
  const int64_t step = (transposed ? rows : columns) + padding;
  std::vector<T> x = random_vector<T>((transposed ? columns : rows) * step + 1, 4);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j) x[transposed ? j * step + i : i * step + j] = rows_of[i * columns + j];
  return x;
}

// a b by plain loops.
template <class T>
std::vector<long double> product_of(const std::vector<T>& a, const std::vector<T>& b, const Case& shape) {
  const auto [m, n, k, padding] = shape;
  std::vector<long double> sums(m * n);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t p = 0; p < k; ++p)
      for (int64_t j = 0; j < n; ++j) sums[i * n + j] += static_cast<long double>(a[i * k + p]) * b[p * n + j];
  return sums;
}

// The largest error of c = alpha product + beta before, in units of the rounding error to be expected; infinite where
// the padding has changed.
template <class T>
double worst_error(const std::vector<T>& c, const std::vector<long double>& product, T alpha, T beta,
                   const std::vector<T>& before, const Case& shape) {
  const auto [m, n, k, padding] = shape;
  const int64_t ldc = n + padding;
  double worst = 0;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      const double expected =
          alpha * product[i * n + j] + (beta == 0 ? 0 : beta * static_cast<double>(before[i * ldc + j]));
      const double error = std::abs(c[i * ldc + j] - expected) / (std::numeric_limits<T>::epsilon() * (4.0 + k));
      worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error);
    }
    for (int64_t j = n; j < ldc; ++j)
      if (c[i * ldc + j] != before[i * ldc + j]) return std::numeric_limits<double>::infinity();
  }
  return worst;
}

template <class T>
void check_all_flags(const Case& shape) {
  const auto [m, n, k, padding] = shape;
  CAPTURE(shape.m, shape.n, shape.k, shape.padding);
  const std::vector<T> rows_of_a = random_vector<T>(m * k, 1), rows_of_b = random_vector<T>(k * n, 2);
  const std::vector<long double> product = product_of(rows_of_a, rows_of_b, shape);
  const int64_t ldc = n + padding;
  const std::vector<T> before = random_vector<T>(m * ldc + 1, 3);
  for (const bool transpose_a : {false, true})
    for (const bool transpose_b : {false, true}) {
      const std::vector<T> a = laid_out(rows_of_a, m, k, padding, transpose_a),
                           b = laid_out(rows_of_b, k, n, padding, transpose_b);
      const int64_t lda = (transpose_a ? m : k) + padding, ldb = (transpose_b ? k : n) + padding;
      for (const auto& [alpha, beta] : {std::pair<T, T>{1, 0}, {1, 1}, {T(0.5), T(-2)}}) {
        std::vector<T> c = before;
        if (beta == 0)
          for (int64_t i = 0; i < m; ++i)
            for (int64_t j = 0; j < n; ++j) c[i * ldc + j] = std::numeric_limits<T>::quiet_NaN();
        kernels::gemm<T>(alpha, {a.data(), m, k, lda, transpose_a}, {b.data(), k, n, ldb, transpose_b}, beta,
                         {c.data(), m, n, ldc});
        CAPTURE(transpose_a, transpose_b, alpha, beta);
        CHECK(worst_error(c, product, alpha, beta, before, shape) < 1);
      }
    }
}

}  // namespace

TEMPLATE_TEST_CASE("gemm agrees with plain loops for all flags, strides and factors", "[gemm]", float, double) {
  for (const int64_t m : {1, 2, 5, 8, 13, 33})
    for (const int64_t n : {1, 2, 7, 8, 15, 16, 17, 35})
      for (const int64_t k : {1, 3, 8, 31}) {
        check_all_flags<TestType>({m, n, k});
        check_all_flags<TestType>({m, n, k, 3});
      }
}

// OpenBLAS picks its kernels by CPU; some versions give wrong results on CPUs newer than they are.
TEMPLATE_TEST_CASE("large products are right on this CPU", "[gemm]", float, double) {
  for (const Case& shape :
       {Case{64, 64, 64}, Case{65, 67, 129, 1}, Case{128, 128, 784}, Case{32, 128, 784}, Case{784, 128, 32},
        Case{128, 10, 128}, Case{700, 7, 40, 2}, Case{130, 16, 40, 3}, Case{1, 128, 784}, Case{128, 1, 784},
        Case{257, 255, 300, 5}, Case{100, 700, 50}, Case{1, 4096, 70}, Case{4096, 1, 70}})
    check_all_flags<TestType>(shape);
}

TEMPLATE_TEST_CASE("an empty sum leaves beta * c, an empty result is left alone", "[gemm]", float, double) {
  std::vector<TestType> c = {1, 2, 3, 4};
  kernels::gemm<TestType>(1, {nullptr, 2, 0, 1}, {nullptr, 0, 1, 1}, 3, {c.data(), 2, 1, 2});
  CHECK(c == std::vector<TestType>{3, 2, 9, 4});
  kernels::gemm<TestType>(1, {nullptr, 2, 0, 1}, {nullptr, 0, 2, 2}, 0, {c.data(), 2, 2, 2});
  CHECK(c == std::vector<TestType>{0, 0, 0, 0});
  kernels::gemm<TestType>(1, {nullptr, 0, 3, 3}, {nullptr, 3, 2, 2}, 0, {c.data(), 0, 2, 2});
  kernels::gemm<TestType>(1, {nullptr, 2, 3, 3}, {nullptr, 3, 0, 1}, 0, {c.data(), 2, 0, 1});
}

TEMPLATE_TEST_CASE("a batch of products equals the products one by one", "[gemm]", float, double) {
  for (const auto& [batch, size] : {std::pair<int64_t, int64_t>{0, 4}, {1, 5}, {7, 3}, {40, 24}, {33, 64}, {3, 150}}) {
    const int64_t elements = size * size;
    const std::vector<TestType> a = random_vector<TestType>(batch * elements, 1),
                                b = random_vector<TestType>(elements, 2);
    std::vector<TestType> c(batch * elements, 1), expected = c;
    const int64_t same = 0;
    kernels::batched_gemm<TestType>(kernels::collapse<2>(1, &batch, {&elements, &same}), 2,
                                    {a.data(), size, size, size, true}, {b.data(), size, size, size}, 1,
                                    {c.data(), size, size, size});
    for (int64_t i = 0; i < batch; ++i)
      kernels::gemm<TestType>(2, {a.data() + i * elements, size, size, size, true}, {b.data(), size, size, size}, 1,
                              {expected.data() + i * elements, size, size, size});
    for (size_t i = 0; i < c.size(); ++i) REQUIRE(c[i] == Approx(expected[i]).margin(1e-4));
  }
}

TEMPLATE_TEST_CASE("stacks of matrices broadcast along any of their axes", "[gemm]", float, double) {
  const int64_t size = 5, elements = size * size;
  const std::vector<int64_t> batch = {2, 3, 4};
  const std::vector<TestType> a = random_vector<TestType>(4 * elements, 1),
                              b = random_vector<TestType>(6 * elements, 2);
  const std::vector<int64_t> strides_a = {0, 0, elements}, strides_b = {3 * elements, elements, 0};
  std::vector<TestType> c(24 * elements), expected(elements);
  kernels::batched_gemm<TestType>(kernels::collapse<2>(3, batch.data(), {strides_a.data(), strides_b.data()}), 1,
                                  {a.data(), size, size, size}, {b.data(), size, size, size, true}, 0,
                                  {c.data(), size, size, size});
  for (int64_t i = 0; i < 24; ++i) {
    kernels::gemm<TestType>(1, {a.data() + i % 4 * elements, size, size, size},
                            {b.data() + i / 4 * elements, size, size, size, true}, 0,
                            {expected.data(), size, size, size});
    CHECK(std::equal(expected.begin(), expected.end(), c.begin() + i * elements));
  }
}

TEMPLATE_TEST_CASE("a product is the same at any number of threads", "[gemm]", float, double) {
  const int before = get_num_threads();
  for (const auto& [m, n, k] : {std::array<int64_t, 3>{784, 128, 32}, {100, 300, 70}, {70, 70, 250}, {3000, 9, 90}}) {
    const std::vector<TestType> a = random_vector<TestType>(m * k, 1), b = random_vector<TestType>(k * n, 2);
    const auto product = [&, m = m, n = n, k = k](int threads) {
      set_num_threads(threads);
      std::vector<TestType> c(m * n);
      kernels::gemm<TestType>(1, {a.data(), m, k, m, true}, {b.data(), k, n, n}, 0, {c.data(), m, n, n});
      return c;
    };
    const std::vector<TestType> expected = product(1);
    for (const int threads : {2, 3, 7}) CHECK(product(threads) == expected);
  }
  set_num_threads(before);
}

TEMPLATE_TEST_CASE("a product does not depend on the threads that other callers leave", "[gemm]", float, double) {
  const int before = get_num_threads();
  set_num_threads(3);
  for (const auto& [m, n, k] : {std::array<int64_t, 3>{300, 200, 150}, {90, 400, 120}, {64, 96, 2000}, {50, 40, 900}}) {
    INFO(m << 'x' << n << 'x' << k);
    const std::vector<TestType> a = random_vector<TestType>(m * k, 1), b = random_vector<TestType>(k * n, 2);
    const auto product = [&, m = m, n = n, k = k] {
      std::vector<TestType> c(m * n);
      kernels::gemm<TestType>(1, {a.data(), m, k, k}, {b.data(), k, n, n}, 0, {c.data(), m, n, n});
      return c;
    };
    const std::vector<TestType> alone = product();
    std::vector<std::vector<TestType>> inside(2);
#pragma omp parallel for num_threads(2) schedule(static, 1)
    for (int caller = 0; caller < 2; ++caller) inside[caller] = product();
    for (const auto& c : inside) CHECK(c == alone);
  }
  set_num_threads(before);
}

TEMPLATE_TEST_CASE("threads that sum over parts of k add up to the product", "[gemm]", float, double) {
  const int before = get_num_threads();
  for (const int threads : {2, 3, 7}) {
    set_num_threads(threads);
    for (const Case& shape : {Case{32, 128, 784}, Case{128, 32, 519, 3}, Case{5, 9, 20000}, Case{60, 2, 9001, 1}})
      check_all_flags<TestType>(shape);
  }
  set_num_threads(before);
}

TEST_CASE("products inside a parallel region stay on their threads", "[gemm]") {
  const std::vector<float> a = random_vector<float>(256 * 256, 1);
  std::vector<float> c(4 * 256 * 256);
#pragma omp parallel for num_threads(2)
  for (int i = 0; i < 4; ++i)
    kernels::gemm<float>(1, {a.data(), 256, 256, 256}, {a.data(), 256, 256, 256}, 0,
                         {c.data() + i * 256 * 256, 256, 256, 256});
  for (int64_t i = 0; i < 256 * 256; ++i) REQUIRE(c[i] == c[3 * 256 * 256 + i]);
}
