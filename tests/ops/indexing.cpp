#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/reduction.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

std::vector<double> numbers(const Tensor& x) { return x.to_vector<double>(); }

}  // namespace

TEST_CASE("take replaces the axis by the shape of the indices") {
  const Tensor x = arange(12).reshape({2, 3, 2});
  const Tensor middle = take(x, tensor({{2, 0}, {-1, 1}}), 1);
  CHECK(middle.shape() == Shape{2, 2, 2, 2});
  CHECK(middle.dtype() == int64);
  CHECK(numbers(middle) == std::vector<double>{4, 5, 0, 1, 4, 5, 2, 3, 10, 11, 6, 7, 10, 11, 8, 9});
  CHECK(numbers(take(x, tensor(1))) == std::vector<double>{6, 7, 8, 9, 10, 11});
  CHECK(numbers(take(x.transpose(), tensor({1}, uint8), -1)) == std::vector<double>{6, 8, 10, 7, 9, 11});
  CHECK(take(x, zeros({0}, int32), 2).shape() == Shape{2, 3, 0});
  CHECK(take(tensor({true, false}), tensor({1, 0})).dtype() == bool_);
  const Tensor bytes = arange(9).astype(uint8).slice(0, {1}).reshape({2, 4});
  CHECK(numbers(take(bytes, tensor({1, 0}))) == std::vector<double>{5, 6, 7, 8, 1, 2, 3, 4});
}

TEST_CASE("take refuses what is not a position") {
  const Tensor x = zeros({3, 2});
  CHECK_THROWS_WITH(take(x, tensor({0, 3, 7})), "take: index 3 at position 1 is out of range for an axis of length 3");
  CHECK_THROWS_WITH(take(x, tensor({-4})), "take: index -4 at position 0 is out of range for an axis of length 3");
  CHECK_THROWS_WITH(take(x, tensor({1.0})), "take: expected integer indices, got float32");
  CHECK_THROWS_AS(take(x, tensor({true})), DTypeError);
  CHECK_THROWS_AS(take(x, tensor({0}), 2), IndexError);
  CHECK_THROWS_AS(take(zeros({0}), tensor({0})), IndexError);
}

TEST_CASE("gradients of rows taken twice add up") {
  const Tensor table = ones({3, 2}).set_requires_grad();
  const Tensor indices = tensor({2, 0, 2, -1});
  (take(table, indices) * tensor({{1.0}, {2.0}, {3.0}, {4.0}})).sum().backward();
  CHECK(numbers(table.grad()) == std::vector<double>{2, 2, 0, 0, 8, 8});
}

TEST_CASE("indices changed before backward are noticed") {
  const Tensor table = ones({3}).set_requires_grad();
  const Tensor indices = tensor({2, 0});
  const Tensor y = take(table, indices).sum();
  indices.fill(1);
  CHECK_THROWS_AS(y.backward(), AutogradError);
}

TEST_CASE("take_along_axis takes one element per index") {
  const Tensor x = tensor({{10, 30, 20}, {60, 40, 50}});
  CHECK(numbers(take_along_axis(x, tensor({{1, -1}, {0, 0}}), 1)) == std::vector<double>{30, 20, 60, 60});
  CHECK(numbers(take_along_axis(x, tensor({{1, 0, 1}}), 0)) == std::vector<double>{60, 30, 50});
  CHECK(numbers(take_along_axis(x.transpose(), tensor({{2, 0}}), 0)) == std::vector<double>{20, 60});
  CHECK(take_along_axis(x, zeros({2, 0}, int64), 1).shape() == Shape{2, 0});
  CHECK_THROWS_WITH(take_along_axis(x, tensor({{0}}), 1),
                    "take_along_axis: shapes differ outside axis 1: x [2, 3], indices [1, 1]");
  CHECK_THROWS_AS(take_along_axis(x, tensor({0, 1}), 1), ShapeError);
  CHECK_THROWS_WITH(take_along_axis(x, tensor({{3}, {0}}), 1),
                    "take_along_axis: index 3 at position [0, 0] is out of range for an axis of length 3");
}

TEST_CASE("take_along_axis gives the gradient back to the elements taken") {
  const Tensor x = ones({2, 3}).set_requires_grad();
  (take_along_axis(x, tensor({{1, 1}, {0, 2}}), 1) * tensor({{1.0, 2.0}, {3.0, 4.0}})).sum().backward();
  CHECK(numbers(x.grad()) == std::vector<double>{0, 3, 0, 3, 0, 4});
}

TEST_CASE("one_hot marks the class of each label") {
  const Tensor marks = one_hot(tensor({{2}, {0}}, uint8), 3);
  CHECK(marks.shape() == Shape{2, 1, 3});
  CHECK(marks.dtype() == float32);
  CHECK(numbers(marks) == std::vector<double>{0, 0, 1, 1, 0, 0});
  CHECK(one_hot(tensor(1), 2, bool_).dtype() == bool_);
  CHECK(one_hot(zeros({0}, int64), 4).shape() == Shape{0, 4});
  CHECK_THROWS_WITH(one_hot(tensor({1, 3}), 3), "one_hot: label 3 at position 1 is outside [0, 3)");
  CHECK_THROWS_WITH(one_hot(tensor({-1}), 3), "one_hot: label -1 at position 0 is outside [0, 3)");
  CHECK_THROWS_WITH(one_hot(tensor({0}), 0), "one_hot: classes must be at least 1, given 0");
  CHECK_THROWS_WITH(one_hot(tensor({0.0}), 2), "one_hot: expected integer labels, got float32");
}
