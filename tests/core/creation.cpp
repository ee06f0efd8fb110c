#include <algorithm>
#include <numeric>
#include <xtape/random.hpp>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("tensor takes nested braces") {
  const Tensor m = tensor({{1, 2}, {3, 4}});
  CHECK(m.shape() == Shape{2, 2});
  CHECK(m.dtype() == int64);
  CHECK(m.to_vector<int>() == std::vector<int>{1, 2, 3, 4});
  CHECK(tensor({1.5, 2}).dtype() == float32);
  CHECK(tensor({true, false}).dtype() == bool_);
  CHECK(tensor({{{1}, {2}}}).shape() == Shape{1, 2, 1});
  CHECK(tensor(3).shape() == Shape{});
  CHECK(tensor({1, 2}, float64).dtype() == float64);
  CHECK_THROWS_AS(tensor({{1, 2}, {3}}), ShapeError);
  CHECK_THROWS_WITH(tensor({{1, 2}, {3}}), "tensor: rows have different shapes: [2] and [1]");
  CHECK(tensor(std::vector<float>{1, 2}).dtype() == float32);
  CHECK(Tensor(2.5).shape() == Shape{});
  CHECK(Tensor(2.5).item() == 2.5);
}

TEST_CASE("constant tensors") {
  CHECK(array_equal(zeros({2, 2}), tensor({{0., 0.}, {0., 0.}})));
  CHECK(array_equal(ones({2}, int64), tensor({1, 1})));
  CHECK(array_equal(full({2}, 2.5), tensor({2.5, 2.5})));
  CHECK(zeros({0, 3}).numel() == 0);
  CHECK(zeros({}).numel() == 1);
  CHECK(empty({2, 3}, int32).dtype() == int32);
  const Tensor like = tensor({{1, 2, 3}});
  CHECK(array_equal(zeros_like(like), tensor({{0, 0, 0}})));
  CHECK(array_equal(ones_like(like), tensor({{1, 1, 1}})));
  CHECK(array_equal(full_like(like, 7), tensor({{7, 7, 7}})));
  CHECK_THROWS_AS(zeros({2, -1}), ShapeError);
  CHECK_THROWS_WITH(zeros({2, -1}), "zeros: lengths must not be negative, got [2, -1]");
}

TEST_CASE("ranges") {
  CHECK(array_equal(arange(4), tensor({0, 1, 2, 3})));
  CHECK(array_equal(arange(1, 8, 3), tensor({1, 4, 7})));
  CHECK(array_equal(arange(5, 0, -2), tensor({5, 3, 1})));
  CHECK(arange(3, 1).numel() == 0);
  CHECK(arange(0).shape() == Shape{0});
  CHECK(allclose(arange(0, 1, 0.25), tensor({0, 0.25, 0.5, 0.75})));
  CHECK(arange(0.0, 1.0, 0.25).dtype() == float32);
  CHECK_THROWS_AS(arange(0, 1, 0), ValueError);
  CHECK(allclose(linspace(0, 1, 5), tensor({0, 0.25, 0.5, 0.75, 1})));
  CHECK(linspace(0, 1).numel() == 50);
  CHECK(linspace(2, 3, 1).item() == 2);
  CHECK(array_equal(eye(2), tensor({{1., 0.}, {0., 1.}})));
  CHECK(array_equal(eye(2, 3, int64), tensor({{1, 0, 0}, {0, 1, 0}})));
}

TEST_CASE("data is copied or borrowed") {
  float values[] = {1, 2, 3, 4, 5, 6};
  const Tensor copy = from_data(values, {2, 3});
  int released = 0;
  {
    const Tensor borrowed = borrow_data(values, {2, 3}, [&] { ++released; });
    values[0] = 10;
    CHECK(copy[0][0].item() == 1);
    CHECK(borrowed[0][0].item() == 10);
    borrowed[1].fill(0);
    CHECK(values[3] == 0);
    const Tensor view = borrowed.transpose();
    CHECK(view.data<const float>() == values);
    CHECK(released == 0);
  }
  CHECK(released == 1);
}

TEST_CASE("random tensors are reproducible and have the right moments") {
  set_random_seed(3);
  const Tensor first = rand({4000}), normal = randn({4000}, float64);
  set_random_seed(3);
  CHECK(array_equal(rand({4000}), first));
  CHECK(array_equal(randn({4000}, float64), normal));
  CHECK_FALSE(array_equal(rand({4000}), first));
  CHECK(min(first).item() >= 0);
  CHECK(max(first).item() < 1);
  CHECK(mean(first).item() == Approx(0.5).margin(0.03));
  CHECK(var(first).item() == Approx(1.0 / 12).margin(0.01));
  CHECK(mean(normal).item() == Approx(0).margin(0.08));
  CHECK(var(normal).item() == Approx(1).margin(0.1));

  const Tensor whole = randint(-2, 3, {1000});
  CHECK(whole.dtype() == int64);
  CHECK(min(whole).item() == -2);
  CHECK(max(whole).item() == 2);
  CHECK_THROWS_AS(randint(3, 3, {2}), ValueError);
  CHECK_THROWS_WITH(randint(3, 3, {2}), "randint: low must be below high, got 3 and 3");

  std::vector<int> order = randperm(100).to_vector<int>();
  std::sort(order.begin(), order.end());
  std::vector<int> expected(100);
  std::iota(expected.begin(), expected.end(), 0);
  CHECK(order == expected);
  CHECK_THROWS_AS(rand({2}, int64), DTypeError);
}

TEST_CASE("an undefined tensor is refused by name") {
  const Tensor none;
  CHECK_FALSE(none.defined());
  CHECK_FALSE(none.requires_grad());
  CHECK_THROWS_AS(none.shape(), ValueError);
  CHECK_THROWS_WITH(exp(none), "exp: the tensor is undefined");
  CHECK_THROWS_WITH(none + ones({1}), "add: the tensor is undefined");
  CHECK_THROWS_AS(none.sum(), ValueError);
  CHECK_THROWS_AS(none.backward(), ValueError);
  CHECK_THROWS_AS(matmul(ones({1, 1}), none), ValueError);
}

TEST_CASE("memory that is not there is refused") {
  CHECK_THROWS_WITH(from_data<float>(nullptr, {3}), "from_data: the address is null, for a tensor of shape [3]");
  bool released = false;
  CHECK_THROWS_WITH(borrow_data<double>(nullptr, {2, 2}, [&] { released = true; }),
                    "borrow_data: the address is null, for a tensor of shape [2, 2]");
  CHECK_FALSE(released);
  CHECK(from_data<float>(nullptr, {0, 3}).shape() == Shape{0, 3});
}
