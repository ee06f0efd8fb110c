#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

std::vector<double> numbers(const Tensor& x) { return x.to_vector<double>(); }

}  // namespace

TEST_CASE("concatenate joins along any axis and promotes") {
  const Tensor a = tensor({{1, 2}, {3, 4}});
  const Tensor b = tensor({{5.5, 6.5}});
  const Tensor rows = concatenate({a, b});
  CHECK(rows.dtype() == float64);
  CHECK(rows.shape() == Shape{3, 2});
  CHECK(numbers(rows) == std::vector<double>{1, 2, 3, 4, 5.5, 6.5});
  CHECK(numbers(concatenate({a, a.transpose()}, -1)) == std::vector<double>{1, 2, 1, 3, 3, 4, 2, 4});
  CHECK(concatenate({zeros({0, 2}), ones({1, 2})}).shape() == Shape{1, 2});
  CHECK(numbers(concatenate({a})) == numbers(a));
}

TEST_CASE("concatenate refuses what does not fit") {
  CHECK_THROWS_WITH(concatenate(std::vector<Tensor>()), "concatenate: expected at least one tensor, got none");
  CHECK_THROWS_WITH(concatenate({zeros({2, 3}), zeros({2, 4})}),
                    "concatenate: shapes differ outside axis 0: [2, 3] and [2, 4]");
  CHECK_THROWS_AS(concatenate({zeros({2, 3}), zeros({3})}), ShapeError);
  CHECK_THROWS_AS(concatenate({zeros({2}), zeros({2})}, 1), IndexError);
  CHECK_THROWS_AS(concatenate({zeros({}), zeros({})}), IndexError);
  CHECK_THROWS_AS(concatenate({zeros({2}), Tensor()}), ValueError);
}

TEST_CASE("stack makes an axis") {
  const Tensor a = tensor({1, 2}), b = tensor({3, 4});
  CHECK(stack({a, b}).shape() == Shape{2, 2});
  CHECK(numbers(stack({a, b}, -1)) == std::vector<double>{1, 3, 2, 4});
  CHECK(stack({tensor(1), tensor(2)}).shape() == Shape{2});
  CHECK_THROWS_WITH(stack({a, tensor({1})}), "stack: shapes differ: [2] and [1]");
  CHECK_THROWS_WITH(stack({}), "stack: expected at least one tensor, got none");
  CHECK_THROWS_AS(stack({a, b}, 2), IndexError);
}

TEST_CASE("split gives views") {
  const Tensor x = arange(12).reshape({2, 6});
  const std::vector<Tensor> thirds = split(x, 3, 1);
  REQUIRE(thirds.size() == 3);
  CHECK(numbers(thirds[1]) == std::vector<double>{2, 3, 8, 9});
  thirds[1].fill(0);
  CHECK(numbers(x) == std::vector<double>{0, 1, 0, 0, 4, 5, 6, 7, 0, 0, 10, 11});
  const std::vector<Tensor> parts = split(x, std::vector<int64_t>{1, 0, 5}, -1);
  CHECK(parts[1].shape() == Shape{2, 0});
  CHECK(numbers(parts[2].select(0, 1)) == std::vector<double>{7, 0, 0, 10, 11});
}

TEST_CASE("split refuses lengths that do not add up") {
  const Tensor x = zeros({2, 6});
  CHECK_THROWS_WITH(split(x, 4, 1), "split: axis 1 of shape [2, 6] does not divide into 4 equal sections");
  CHECK_THROWS_WITH(split(x, 0, 1), "split: sections must be at least 1, given 0");
  CHECK_THROWS_WITH(split(x, std::vector<int64_t>{1, 2}, 1),
                    "split: lengths [1, 2] do not add up to axis 1 of shape [2, 6], which is 6 long");
  CHECK_THROWS_AS(split(x, std::vector<int64_t>{-1, 7}, 1), ShapeError);
  CHECK_THROWS_WITH(split(x, std::vector<int64_t>{-1, 7}, 1), "split: lengths must not be negative, given [-1, 7]");
  CHECK_THROWS_AS(split(x, 2, 2), IndexError);
}

TEST_CASE("pad surrounds with a value") {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  const Tensor padded = pad(x, {{1, 0}, {0, 2}}, 9);
  CHECK(padded.dtype() == int64);
  CHECK(padded.shape() == Shape{3, 4});
  CHECK(numbers(padded) == std::vector<double>{9, 9, 9, 9, 1, 2, 9, 9, 3, 4, 9, 9});
  CHECK(numbers(pad(x, {{0, 0}, {0, 0}})) == numbers(x));
  CHECK(numbers(pad(tensor(3), {})) == std::vector<double>{3});
  CHECK(numbers(pad(zeros({0}), {{2, 1}}, 1)) == std::vector<double>{1, 1, 1});
  CHECK_THROWS_WITH(pad(x, {{1, 1}}), "pad: expected a pair of widths for each axis of shape [2, 2], got 1");
  CHECK_THROWS_WITH(pad(x, {{0, 0}, {1, -1}}), "pad: widths must not be negative, got 1 and -1 for axis 1");
}

TEST_CASE("crop takes off what pad has put around") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  CHECK(numbers(crop(pad(x, {{1, 2}, {0, 3}}), {{1, 2}, {0, 3}})) == numbers(x));
  CHECK(numbers(crop(x, {{1, 0}, {1, 1}})) == std::vector<double>{5});
  CHECK(crop(x, {{1, 1}, {0, 0}}).shape() == Shape{0, 3});
  CHECK_THROWS_WITH(crop(x, {{1, 1}}), "crop: expected a pair of widths for each axis of shape [2, 3], got 1");
  CHECK_THROWS_WITH(crop(x, {{0, 0}, {-1, 1}}), "crop: widths must not be negative, got -1 and 1 for axis 1");
  CHECK_THROWS_WITH(crop(x, {{0, 0}, {2, 2}}), "crop: cannot take 2 and 2 cells off axis 1 of shape [2, 3]");
  CHECK_THROWS_AS(crop(x, {{0, 0}, {int64_t{1} << 62, int64_t{1} << 62}}), ShapeError);
}

TEST_CASE("columns of one number each are joined, of all types and lengths") {
  for (const DType type : {bool_, uint8, int32, int64, float32, float64}) {
    for (const int64_t rows : {2, 3, 50000}) {
      const Tensor a = randint(0, 7, {rows, 1}), b = randint(0, 5, {rows, 1});
      const Tensor joined = concatenate({a.astype(type), b.astype(type), a.astype(type)}, 1);
      CHECK(joined.shape() == Shape{rows, 3});
      CHECK(array_equal(joined.slice(1, {0, 1}), a.astype(type)));
      CHECK(array_equal(joined.slice(1, {1, 2}), b.astype(type)));
      CHECK(array_equal(joined.slice(1, {2, 3}), a.astype(type)));
    }
  }
}

TEST_CASE("repeat repeats slices, as NumPy") {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  CHECK(numbers(repeat(x, 2, 0)) == std::vector<double>{1, 2, 1, 2, 3, 4, 3, 4});
  CHECK(numbers(repeat(x, 2, -1)) == std::vector<double>{1, 1, 2, 2, 3, 3, 4, 4});
  CHECK(repeat(x, 0, 1).shape() == Shape{2, 0});
  CHECK_THROWS_WITH(repeat(x, -1, 0), "repeat: repeats must not be negative, given -1");
  CHECK_THROWS_AS(repeat(x, 2, 2), IndexError);
  CHECK_THROWS_AS(repeat(x, int64_t{1} << 62, 0), ShapeError);
}

TEST_CASE("parts of a split that are not used count as zeros") {
  const Tensor x = ones({2, 3}).set_requires_grad();
  (split(x, 3, 1)[1] * tensor({{5.0}, {6.0}})).backward(ones({2, 1}));
  CHECK(numbers(x.grad()) == std::vector<double>{0, 5, 0, 0, 6, 0});
}

TEST_CASE("only parts that need a gradient get one") {
  const Tensor a = ones({2}).set_requires_grad(), b = ones({2});
  (concatenate({a, b}) * tensor({1.0, 2.0, 3.0, 4.0})).backward(ones({4}));
  CHECK(numbers(a.grad()) == std::vector<double>{1, 2});
  CHECK_FALSE(b.grad().defined());
  CHECK_FALSE(concatenate({b, b}).requires_grad());
  const NoGrad no_grad;
  CHECK_FALSE(concatenate({a, b}).requires_grad());
}
