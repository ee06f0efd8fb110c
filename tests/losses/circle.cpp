#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

// The loss of each sample, by its definition.
std::vector<double> circle_of(const std::vector<int>& labels, const Tensor& embeddings, double gamma, double m) {
  const Tensor cosines = matmul(embeddings, embeddings.transpose());
  std::vector<double> losses;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    double near = 0, far = 0;
    for (std::size_t j = 0; j < labels.size(); ++j) {
      if (i == j) continue;
      const double d = std::max(1 - cosines[{static_cast<int64_t>(i), static_cast<int64_t>(j)}].item(), 0.0);
      if (labels[i] == labels[j]) near += std::exp(-gamma * (m + d) * (m - d));
      if (labels[i] != labels[j]) far += std::exp(gamma * std::max(1 + m - d, 0.0) * (1 - m - d));
    }
    losses.push_back(std::log(1 + near * far));
  }
  return losses;
}

}  // namespace

TEST_CASE("the circle loss compares all pairs") {
  set_random_seed(5);
  const Tensor embeddings = normalize(randn({5, 4}, float64));
  const std::vector<double> expected = circle_of({0, 1, 0, 1, 2}, embeddings, 4, 0.3);
  const losses::CircleOptions options{.gamma = 4, .margin = 0.3};
  const Tensor labels = tensor({0, 1, 0, 1, 2}), values = losses::circle(labels, embeddings, {}, {}, options);
  CHECK(allclose(values, tensor(expected)));
  // The last sample is alone with its label: it has no loss, and does not count.
  CHECK(values[4].item() == 0);
  const losses::Circle loss(options);
  CHECK(loss(labels.expand_dims(-1), embeddings).item() == Approx(sum(values).item() / 4));
  CHECK(loss(labels, embeddings, tensor({1.0, 2.0, 0.0, 1.0, 9.0})).item() ==
        Approx((expected[0] + 2 * expected[1] + expected[3]) / 4));
  // Samples are the references of each other by default.
  CHECK(allclose(losses::circle(labels, embeddings, labels, embeddings, options), values));
}

TEST_CASE("samples without a pair have a gradient of 0") {
  const Tensor embeddings = normalize(randn({3, 2})).set_requires_grad();
  const Tensor alone = losses::Circle()(tensor({0, 1, 2}), embeddings);
  CHECK(alone.item() == 0);
  CHECK(array_equal(grad(alone, embeddings), zeros({3, 2})));
  CHECK(losses::Circle()(tensor({0, 0, 0}), embeddings).item() == 0);
}

TEST_CASE("the circle loss checks labels and options") {
  const losses::Circle loss;
  CHECK_THROWS_MATCHES(loss(tensor({0, 1}), ones({3, 2})), ShapeError,
                       Message("circle: expected labels of shape [3] for embeddings [3, 2], given [2]"));
  CHECK_THROWS_MATCHES(loss.check_targets(eye(2), {2, 2}), ShapeError,
                       Message("circle: expected labels of shape [2] for embeddings [2, 2], given [2, 2]; of one-hot "
                               "targets take argmax(y_true, -1)"));
  CHECK_THROWS_AS(loss(tensor({0.5, 1.0}), ones({2, 2})), ValueError);
  CHECK_THROWS_AS(loss(tensor({0, 1}), ones({2, 2, 2})), ShapeError);
  CHECK_THROWS_MATCHES(losses::circle(tensor({0}), ones({1, 2}), tensor({0})), ValueError,
                       Message("circle: ref_labels and ref_embeddings belong together, given only ref_labels"));
  CHECK_THROWS_MATCHES(losses::Circle({.gamma = 0}), ValueError,
                       Message("Circle: gamma must be positive and finite, given 0.0"));
  CHECK_THROWS_AS(losses::Circle({.margin = 2}), ValueError);
}
