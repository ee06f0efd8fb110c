#include <xtape/error.hpp>
#include <xtape/layers/global_average_pooling2d.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/layers/zero_padding2d.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("padding, global pooling and merging") {
  const Tensor x = randn({2, 3, 4, 5});
  layers::ZeroPadding2D padding({{1, 0}, {2, 1}});
  const Tensor padded = padding(x);
  CHECK(padded.shape() == Shape{2, 4, 7, 5});
  CHECK(array_equal(padded.slice(1, {1}).slice(2, {2, 6}), x));
  CHECK(padded.sum().item() == Approx(x.sum().item()).margin(1e-4));
  CHECK(allclose(layers::GlobalAveragePooling2D()(x), mean(x, {1, 2})));
  CHECK(layers::GlobalAveragePooling2D({.keepdims = true})(x).shape() == Shape{2, 1, 1, 5});
  CHECK(allclose(layers::Add()({x, x, x}), x * 3));
  CHECK(layers::Concatenate({.axis = 1})({x, x}).shape() == Shape{2, 6, 4, 5});
  CHECK_THROWS_MATCHES(layers::Add({.name = "sum"})({x}), ValueError,
                       Message("sum: expected at least 2 tensors, given 1"));
  CHECK_THROWS_MATCHES(layers::Add({.name = "sum"})(x), ValueError,
                       Message("sum: expected at least 2 tensors, given 1"));
  // Merging layers are layers like others: float64 becomes their type.
  CHECK(layers::Add()({x.astype(float64), x.astype(float64)}).dtype() == float32);
  CHECK(layers::Add({.dtype = float64})({x, x}).dtype() == float64);
}
