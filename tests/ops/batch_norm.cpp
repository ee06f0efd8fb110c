#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

using namespace xtape;

TEST_CASE("batch_norm returns the statistics of the batch, without gradient") {
  const Tensor x = test::sample({4, 2, 3}).set_requires_grad();
  const BatchNormResult result = batch_norm(x, {}, {});
  CHECK(allclose(result.mean, mean(x.detach(), {0, 1}), 1e-12));
  CHECK(allclose(result.variance, var(x.detach(), {0, 1}), 1e-12));
  CHECK(result.y.requires_grad());
  CHECK_FALSE(result.mean.requires_grad());
  CHECK_FALSE(result.variance.requires_grad());
}

TEST_CASE("a batch of nothing has neither mean nor variance") {
  const BatchNormResult result = batch_norm(zeros({0, 3}), {}, {});
  CHECK(result.y.shape() == Shape{0, 3});
  CHECK(all(isnan(result.mean)).item<bool>());
  CHECK(all(isnan(result.variance)).item<bool>());
}

TEST_CASE("a batch without channels has derivatives without elements") {
  for (const Shape& shape : {Shape{0}, Shape{3, 0}, Shape{2, 3, 0}, Shape{0, 0}}) {
    const auto function = [](const std::vector<Tensor>& x) { return std::vector<Tensor>{batch_norm(x[0], {}, {}).y}; };
    const Tensor x = zeros(shape).set_requires_grad();
    CHECK(function({x})[0].shape() == shape);
    CHECK(grad(sum(function({x})[0]), x).shape() == shape);
    CHECK(jvp(function, {x.detach()}, {zeros(shape)}).second[0].shape() == shape);
  }
}
