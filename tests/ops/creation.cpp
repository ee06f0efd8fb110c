#include <cstdint>
#include <limits>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("nested braces give shape and type") {
  const Tensor whole = tensor({{1, 2}, {3, 4}, {5, 6}});
  CHECK(whole.shape() == Shape{3, 2});
  CHECK(whole.dtype() == int64);
  CHECK(whole.to_vector<int>() == std::vector<int>{1, 2, 3, 4, 5, 6});
  CHECK(tensor({1, 2.5}).dtype() == float32);
  CHECK(tensor({true, false}).dtype() == bool_);
  CHECK(tensor({true, 2}).dtype() == int64);
  CHECK(tensor({{1, 2}}, uint8).dtype() == uint8);
  CHECK(tensor(7).shape() == Shape{});
  CHECK(tensor({}).shape() == Shape{0});
  CHECK(tensor({}).dtype() == float32);
  CHECK_THROWS_WITH(tensor({{1, 2}, {3}}), "tensor: rows have different shapes: [2] and [1]");
  CHECK_THROWS_AS(tensor({{1, 2}, 3}), ShapeError);
}

TEST_CASE("vectors keep their type") {
  CHECK(tensor(std::vector<double>{1, 2}).dtype() == float64);
  CHECK(tensor(std::vector<bool>{true, false}).dtype() == bool_);
  CHECK(tensor(std::vector<uint8_t>{}).shape() == Shape{0});
  CHECK(tensor(std::vector<int32_t>{3, -4}).to_vector<double>() == std::vector<double>{3, -4});
}

TEST_CASE("from_data copies, borrow_data does not") {
  std::vector<float> values{1, 2, 3, 4, 5, 6};
  const Tensor copy = from_data(values.data(), {2, 3});
  int released = 0;
  {
    const Tensor borrowed = borrow_data(values.data(), {2, 3}, [&] { ++released; });
    const Tensor view = borrowed[1];
    values[3] = 40;
    CHECK(view.to_vector<float>() == std::vector<float>{40, 5, 6});
    CHECK(borrowed.data<const float>() == values.data());
    CHECK(released == 0);
  }
  CHECK(released == 1);
  CHECK(copy.to_vector<float>() == std::vector<float>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("a shape that no tensor can have is refused") {
  CHECK_THROWS_WITH(zeros({2, -1}), "zeros: lengths must not be negative, got [2, -1]");
  CHECK_THROWS_WITH(empty({int64_t{1} << 40, int64_t{1} << 40}),
                    "empty: too many elements: [1099511627776, 1099511627776]");
  CHECK_THROWS_WITH(ones(Shape(33, 1)), "ones: expected at most 32 dimensions, got 33");
  const float value = 0;
  CHECK_THROWS_AS(from_data(&value, {-1}), ShapeError);
}

TEST_CASE("constant tensors") {
  CHECK(zeros({2}).to_vector<float>() == std::vector<float>{0, 0});
  CHECK(ones({2}, int32).dtype() == int32);
  CHECK(full({2, 1}, 2.5).to_vector<float>() == std::vector<float>{2.5, 2.5});
  CHECK_THROWS_AS(full({1}, 2.7, int64), ValueError);
  CHECK(ones({0, 3}).numel() == 0);
  const Tensor like = full_like(zeros({3}, float64), 4);
  CHECK(like.dtype() == float64);
  CHECK(like.to_vector<double>() == std::vector<double>{4, 4, 4});
  CHECK(zeros_like(ones({2}, uint8)).to_vector<int>() == std::vector<int>{0, 0});
  CHECK(ones_like(zeros({2}, bool_)).to_vector<int>() == std::vector<int>{1, 1});
  CHECK_THROWS_WITH(zeros_like(Tensor()), "zeros_like: the tensor is undefined");
  CHECK(Tensor(2.5).dtype() == float32);
  CHECK(Tensor(3).item<int>() == 3);
}

TEST_CASE("arange counts up and down") {
  CHECK(arange(4).to_vector<int>() == std::vector<int>{0, 1, 2, 3});
  CHECK(arange(4).dtype() == int64);
  CHECK(arange(1, 8, 3).to_vector<int>() == std::vector<int>{1, 4, 7});
  CHECK(arange(5, 0, -2).to_vector<int>() == std::vector<int>{5, 3, 1});
  CHECK(arange(3, 3).numel() == 0);
  CHECK(arange(3, 0).numel() == 0);
  CHECK(arange(0, 1, 0.25).dtype() == float32);
  CHECK(arange(0, 1, 0.25).to_vector<float>() == std::vector<float>{0, 0.25, 0.5, 0.75});
  CHECK_THROWS_WITH(arange(0, 5, 0), "arange: step must not be 0");
  CHECK_THROWS_AS(arange(0.0, std::numeric_limits<double>::infinity()), ValueError);
  CHECK_THROWS_AS(arange(0.0, 1e300), ShapeError);
  constexpr int64_t lowest = std::numeric_limits<int64_t>::min(), highest = std::numeric_limits<int64_t>::max();
  CHECK(arange(lowest, highest, highest).to_vector<int64_t>() == std::vector<int64_t>{lowest, -1, highest - 1});
  CHECK_THROWS_AS(arange(lowest, highest), ShapeError);
}

TEST_CASE("linspace includes both ends") {
  CHECK(linspace(0, 1, 5, float64).to_vector<double>() == std::vector<double>{0, 0.25, 0.5, 0.75, 1});
  // The distance is beyond the largest number.
  CHECK(linspace(-1e308, 1e308, 5, float64).to_vector<double>() ==
        std::vector<double>{-1e308, -5e307, 0, 5e307, 1e308});
  CHECK(linspace(0, 10, 4, int64).to_vector<int>() == std::vector<int>{0, 3, 6, 10});
  CHECK(linspace(2, 5, 1).to_vector<float>() == std::vector<float>{2});
  CHECK(linspace(0, 1, 0).numel() == 0);
  CHECK(linspace(0, 1).numel() == 50);
  const std::vector<double> tenths = linspace(0, 0.7, 8, float64).to_vector<double>();
  CHECK(tenths.back() == 0.7);
  CHECK_THROWS_WITH(linspace(0, 1, -1), "linspace: count must be at least 0, given -1");
}

TEST_CASE("eye may have more rows or more columns") {
  CHECK(eye(2).to_vector<int>() == std::vector<int>{1, 0, 0, 1});
  CHECK(eye(2, 3).to_vector<int>() == std::vector<int>{1, 0, 0, 0, 1, 0});
  CHECK(eye(3, 2, bool_).to_vector<int>() == std::vector<int>{1, 0, 0, 1, 0, 0});
  CHECK(eye(0).shape() == Shape{0, 0});
  CHECK_THROWS_WITH(eye(-1), "eye: rows must be at least 0, given -1");
}
