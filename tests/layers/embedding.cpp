#include <xtape/error.hpp>
#include <xtape/layers/embedding.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("Embedding looks vectors up") {
  layers::Embedding embedding(5, 3, {.name = "e"});
  const Tensor indices = tensor({{0, 4}, {4, 1}});
  const Tensor y = embedding(indices);
  CHECK(y.shape() == Shape{2, 2, 3});
  CHECK(array_equal(y.select(0, 0).select(0, 1), embedding.weights()[0].value.select(0, 4)));
  CHECK(max(abs(embedding.weights()[0].value)).item() <= 0.05);
  CHECK_THROWS_AS(embedding(tensor({{5}})), IndexError);
  CHECK_THROWS_MATCHES(embedding(tensor({{-1}})), IndexError,
                       Message("e: index -1 at position [0, 0] is outside [0, 5)"));
}
