#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

namespace xtape::test {
namespace {

using namespace regularizers;

// The mean of |cos| over all pairs of rows.
double mean_cosine(const Tensor& weight) {
  double sum = 0;
  int64_t pairs = 0;
  for (int64_t i = 0; i < weight.shape(0); ++i) {
    for (int64_t j = 0; j < i; ++j, ++pairs) {
      double product = 0, a = 0, b = 0;
      for (int64_t k = 0; k < weight.shape(1); ++k) {
        const double x = weight[{i, k}].item(), y = weight[{j, k}].item();
        product += x * y;
        a += x * x;
        b += y * y;
      }
      sum += std::abs(product) / std::sqrt(a * b);
    }
  }
  return sum / static_cast<double>(pairs);
}

}  // namespace

TEST_CASE("OrthogonalRegularizer is the mean cosine of rows or columns") {
  const Tensor weight = sample({3, 5});
  CHECK(OrthogonalRegularizer({.factor = 0.5})(weight).item() == Approx(0.5 * mean_cosine(weight)));
  CHECK(OrthogonalRegularizer({.factor = 0.5, .mode = "columns"})(weight).item() ==
        Approx(0.5 * mean_cosine(weight.transpose())));
  CHECK(Regularizer("orthogonal_regularizer")(weight).item() == Approx(0.01 * mean_cosine(weight)));
  CHECK(OrthogonalRegularizer()(eye(4)).item() == 0);
  CHECK(OrthogonalRegularizer()(ones({1, 4})).item() == 0);
  CHECK(gradcheck([](const auto& x) { return std::vector{OrthogonalRegularizer({.factor = 1})(x[0])}; },
                  {sample({3, 4}).set_requires_grad()}));
}

TEST_CASE("regularizers name what they do not know") {
  CHECK_THROWS_WITH(Regularizer("orthogonal"), Contains("\"orthogonal_regularizer\""));
  CHECK_THROWS_WITH(OrthogonalRegularizer({.mode = "row"}), Contains("\"rows\""));
  CHECK_THROWS_AS(OrthogonalRegularizer({.factor = -1}), ValueError);
  CHECK_THROWS_WITH(OrthogonalRegularizer()(ones({2, 2, 2})),
                    "OrthogonalRegularizer: expected a matrix, given [2, 2, 2]");
}

}  // namespace xtape::test
