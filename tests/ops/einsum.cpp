#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("einsum says what is wrong with an equation") {
  const Tensor a = ones({2, 3}), b = ones({3, 4});
  CHECK_THROWS_MATCHES(einsum("ij,jk->ik", {}), ValueError, Message("einsum: expected at least one operand"));
  CHECK_THROWS_MATCHES(einsum("ij->ij", {a, b}), ValueError,
                       Message("einsum: 2 operands, but 1 subscripts in \"ij->ij\""));
  CHECK_THROWS_MATCHES(einsum("ij,jk->ik", {a}), ValueError,
                       Message("einsum: more subscripts than the 1 operands in \"ij,jk->ik\""));
  CHECK_THROWS_MATCHES(einsum("i2->i", {a}), ValueError, Message("einsum: unexpected '2' in \"i2->i\""));
  CHECK_THROWS_MATCHES(einsum("ij->ik", {a}), ValueError,
                       Message("einsum: no operand has the axis 'k' of the result in \"ij->ik\""));
  CHECK_THROWS_MATCHES(einsum("ij->ii", {a}), ValueError,
                       Message("einsum: the result has the axis 'i' twice in \"ij->ii\""));
  CHECK_THROWS_MATCHES(einsum("ijk->i", {a}), ShapeError,
                       Message("einsum: subscripts \"ijk\" do not fit an operand of shape [2, 3]"));
  CHECK_THROWS_MATCHES(einsum("ij,ij->i", {a, b}), ShapeError,
                       Message("einsum: the axis 'i' of \"ij,ij->i\" has lengths 2 and 3"));
  CHECK_THROWS_MATCHES(einsum("ii", {a}), ShapeError, Message("einsum: the axis 'i' of \"ii\" has lengths 2 and 3"));
  CHECK_THROWS_AS(einsum("...i...->i", {ones({2, 2, 2})}), ValueError);
  CHECK_THROWS_AS(einsum("ij", {Tensor()}), ValueError);
}

TEST_CASE("einsum promotes types, and what it can it leaves a view") {
  CHECK(einsum("ij->ji", {ones({2, 3}, int32)}).dtype() == float64);
  CHECK(einsum("i,i", {ones({2}), ones({2}, float64)}).dtype() == float64);
  const Tensor x = ones({2, 3});
  const Tensor turned = einsum("ij->ji", {x}), diagonal = einsum("ii->i", {ones({3, 3})});
  x.fill(5);
  CHECK(array_equal(turned, full({3, 2}, 5)));
  CHECK(array_equal(diagonal, ones({3})));
}

TEST_CASE("tensordot and batch_dot refuse what does not fit") {
  const Tensor a = ones({2, 3}), b = ones({3, 2});
  CHECK_THROWS_MATCHES(tensordot(a, b, 0, 0), ShapeError,
                       Message("tensordot: axes {0} of a [2, 3] and {0} of b [3, 2] have different lengths"));
  CHECK_THROWS_MATCHES(tensordot(a, b, {0, 1}, 0), ValueError,
                       Message("tensordot: expected as many axes of a as of b, given {0, 1} and {0}"));
  CHECK_THROWS_MATCHES(tensordot(a, b, 3), ValueError,
                       Message("tensordot: expected at most as many axes as a [2, 3] and b [3, 2] have, given 3"));
  CHECK_THROWS_AS(tensordot(a, b, 2, 0), IndexError);
  CHECK_THROWS_AS(tensordot(a, b, {0, 0}, {0, 1}), ValueError);
  CHECK_THROWS_MATCHES(batch_dot(ones({2}), b, 1, 1), ShapeError,
                       Message("batch_dot: expected at least 2 dimensions, given a [2] and b [3, 2]"));
  CHECK_THROWS_MATCHES(batch_dot(b, b, 0, 1), ValueError,
                       Message("batch_dot: axis 0 is that of the batch, which is not summed"));
  CHECK_THROWS_AS(batch_dot(a, b, 1, 1), ShapeError);
}

TEST_CASE("axes are moved, swapped, turned and taken apart as in NumPy, or refused") {
  const Tensor x = ones({2, 3, 4});
  CHECK(moveaxis(x, {0, 1}, {-1, -2}).shape() == Shape{4, 3, 2});
  CHECK_THROWS_MATCHES(moveaxis(x, {0, 1}, 0), ValueError,
                       Message("moveaxis: expected as many destinations as sources, given 1 and 2"));
  CHECK_THROWS_AS(moveaxis(x, 3, 0), IndexError);
  CHECK_THROWS_AS(moveaxis(x, {0, 0}, {0, 1}), ValueError);
  CHECK_THROWS_AS(swapaxes(x, 0, 3), IndexError);
  CHECK_THROWS_AS(flip(x, {0, 0}), ValueError);
  CHECK(unstack(zeros({0, 2})).empty());
  CHECK_THROWS_AS(unstack(ones({})), IndexError);
}
