#include <cstdint>
#include <functional>
#include <limits>
#include <vector>
#include <xtape/xtape.hpp>
#include <xtape/xtensor.hpp>

#include "catch.hpp"

using namespace xtape;

// Sizes that no tensor has: negative, too many, or past int64 on the way.

namespace {

constexpr int64_t largest = std::numeric_limits<int64_t>::max(), smallest = std::numeric_limits<int64_t>::min();
// Lengths whose product is 2^64 + 64.
constexpr int64_t long_a = 34357641280, long_b = 536903681;

}  // namespace

TEST_CASE("the elements of a shape are counted or refused") {
  CHECK(Shape({2, 3}).numel() == 6);
  CHECK(Shape({largest}).numel() == largest);
  CHECK(Shape({long_a, 0, long_b}).numel() == 0);
  CHECK(Shape({long_a, long_b, 0}).numel() == 0);
  CHECK_THROWS_AS(Shape({long_a, long_b}).numel(), ShapeError);
}

TEST_CASE("views have the sizes of tensors") {
  const Tensor x = ones({1});
  CHECK_THROWS_WITH(x.broadcast_to({-3}), "broadcast_to: lengths must not be negative, got [-3]");
  CHECK_THROWS_WITH(x.broadcast_to({int64_t{1} << 33, int64_t{1} << 31}), Contains("broadcast_to: too many elements"));
  CHECK_THROWS_AS(x.broadcast_to({long_a, long_b}), ShapeError);
  const Tensor a = ones({1, 1}).broadcast_to({long_a, 1}), b = ones({1, 1}).broadcast_to({1, long_b});
  CHECK_THROWS_WITH(a + b, Contains("add: too many elements"));
  CHECK_THROWS_WITH(a < b, Contains("less: too many elements"));
  CHECK_THROWS_WITH(where(x > 0, a, b), Contains("where: too many elements"));
  CHECK_THROWS_AS(matmul(a, b), ShapeError);
  CHECK_THROWS_AS(stack(std::vector<Tensor>(32, ones({1}).broadcast_to({largest / 16})), 0), ShapeError);
  CHECK_THROWS_AS(concatenate(std::vector<Tensor>(32, ones({1}).broadcast_to({largest / 16})), 0), ShapeError);
  CHECK_THROWS_AS(arange(64).reshape({long_a, long_b}), ShapeError);
  CHECK_THROWS_AS(zeros({0}).reshape({int64_t{1} << 32, int64_t{1} << 32}), ShapeError);
  CHECK_THROWS_AS(zeros({0}).reshape({0, long_a, long_b}), ShapeError);
  CHECK_THROWS_AS(arange(64).reshape({long_a, long_b, -1}), ShapeError);
  CHECK_THROWS_AS(arange(64).reshape({largest, largest, largest}), ShapeError);
}

TEST_CASE("lengths of parts add up without overflow") {
  const Tensor x = arange(4);
  CHECK_THROWS_AS(split(x, {largest, largest, 6}), ShapeError);
  CHECK_THROWS_AS(split(x, {5, -1}), ShapeError);
  CHECK_THROWS_AS(split(x, {smallest, smallest, 4}), ShapeError);
  CHECK_THROWS_AS(split(x, std::vector<int64_t>{4, largest}), ShapeError);
  CHECK(split(x, {0, 4, 0})[1].shape() == Shape{4});
  CHECK_THROWS_AS(pad(x, {{largest, largest}}), ShapeError);
  CHECK_THROWS_AS(pad(x, {{largest, 0}}), ShapeError);
  CHECK_THROWS_AS(pad(x, {{smallest, 0}}), ValueError);
  CHECK_THROWS_AS(one_hot(x, largest), ShapeError);
}

TEST_CASE("slices with the largest and smallest numbers") {
  const Tensor x = arange(10);
  CHECK(array_equal(x.slice(0, {.step = largest}), tensor({0})));
  CHECK(array_equal(x.slice(0, {.step = smallest}), tensor({9})));
  CHECK(array_equal(x.slice(0, {.start = smallest, .stop = largest}), x));
  CHECK(array_equal(x.slice(0, {.start = largest, .stop = smallest, .step = -1}), x.slice(0, {.step = -1})));
  CHECK(x.slice(0, {.start = largest, .stop = smallest}).numel() == 0);
  CHECK(array_equal(x.slice(0, {.start = 3, .stop = largest, .step = largest}), tensor({3})));
  CHECK_THROWS_AS(x.select(0, smallest), IndexError);
  CHECK_THROWS_AS(x.select(0, largest), IndexError);
  // The gradient comes back through them.
  const Tensor w = ones({10}).set_requires_grad();
  sum(w.slice(0, {.step = smallest})).backward();
  CHECK(array_equal(w.grad(), concatenate({zeros({9}), ones({1})})));
}

TEST_CASE("ranges over all of int64") {
  CHECK_THROWS_AS(arange(smallest, largest), ShapeError);
  CHECK_THROWS_AS(arange(largest, smallest, -1), ShapeError);
  CHECK(array_equal(arange(smallest, largest, largest), tensor({smallest, int64_t{-1}, largest - 1})));
  CHECK(array_equal(arange(largest, smallest, smallest), tensor({largest, int64_t{-1}})));
  CHECK_THROWS_AS(arange(0, 1e300, 1.0), ShapeError);
  CHECK_THROWS_AS(eye(largest, largest), ShapeError);
  CHECK_THROWS_AS(linspace(0, 1, largest), ShapeError);
  CHECK_THROWS_AS(rand({long_a, long_b}), ShapeError);
  CHECK_THROWS_AS(randperm(largest), ShapeError);
  CHECK_THROWS_AS(zeros({largest, 0}), ShapeError);
}

TEST_CASE("tensors have at most 32 dimensions") {
  Tensor x = ones({1});
  while (x.rank() < 32) x = x.expand_dims(0);
  CHECK((x + 1).rank() == 32);
  CHECK(softmax(x).rank() == 32);
  CHECK_THROWS_WITH(x.expand_dims(0), "reshape: expected at most 32 dimensions, got 33");
  CHECK_THROWS_AS(stack({x, x}), ShapeError);
  CHECK_THROWS_AS(take(x, tensor({{0}}), 0), ShapeError);
}

TEST_CASE("windows with the largest numbers") {
  const Tensor x = ones({1, 4, 4, 1}), kernel = ones({2, 2, 1, 1});
  CHECK_THROWS_AS(conv2d(x, kernel, {.dilation_rate = {largest, 1}}), ShapeError);
  CHECK_THROWS_AS(conv2d(x, kernel, {.padding = "same", .dilation_rate = {largest, largest}}), ShapeError);
  CHECK_THROWS_AS(conv2d(x, kernel, {.groups = largest}), ShapeError);
  CHECK_THROWS_AS(max_pool2d(x, {.pool_size = {largest, largest}}), ShapeError);
  CHECK_THROWS_AS(max_pool2d(x, {.pool_size = {largest, largest}, .padding = "same"}), ShapeError);
  CHECK_THROWS_WITH(max_pool2d(x, {.pool_size = {1 << 16, 1 << 16}, .padding = "same"}), Contains("cells"));
  // A single window has no next one, whatever the stride.
  for (const std::string padding : {"valid", "same"}) {
    CHECK(array_equal(conv2d(x, kernel, {.strides = {largest, largest}, .padding = padding}), full({1, 1, 1, 1}, 4)));
    CHECK(array_equal(max_pool2d(x, {.strides = {{largest, largest}}, .padding = padding}), ones({1, 1, 1, 1})));
    CHECK(array_equal(avg_pool2d(x, {.strides = {{largest, largest}}, .padding = padding}), ones({1, 1, 1, 1})));
  }
  // A kernel of one cell has no neighbours, whatever the dilation.
  CHECK(array_equal(conv2d(x, ones({1, 1, 1, 1}), {.dilation_rate = {largest, largest}}), x));
  const Tensor w = ones({1, 4, 4, 1}).set_requires_grad();
  sum(conv2d(w, kernel, {.strides = {largest, largest}})).backward();
  CHECK(sum(w.grad()).item() == 4);
}

TEST_CASE("a broadcast tensor is only read") {
  const Tensor x = broadcast_to(ones({1}), {3});
  const auto refused = [&](const std::function<void()>& write) {
    CHECK_THROWS_AS(write(), ValueError);
    CHECK(array_equal(x, ones({3})));
  };
  refused([&] { x.data<float>()[0] = 7; });
  refused([&] { x.fill(7); });
  refused([&] { x.assign(zeros({3})); });
  refused([&] { x += 1; });
  refused([&] { x *= ones({3}); });
  refused([&] { as_xtensor<float>(x)(0) = 7; });
  refused([&] { sgd_update({x}, {ones({3})}, {}, {.learning_rate = 1}); });
  refused([&] { sgd_update({ones({3})}, {ones({3})}, {x}, {.learning_rate = 1, .momentum = 0.9}); });
  // So are its views, also where they show one element.
  refused([&] { x[0].fill(7); });
  refused([&] { x.slice(0, {1, 2}).fill(7); });
  refused([&] { x.detach().fill(7); });
  refused([&] { x.reshape({3, 1}).transpose().data<float>()[0] = 7; });
  CHECK_THROWS_WITH(x.fill(7), Contains("fill: a tensor of shape [3] that is broadcast") && Contains("clone it first"));
  // So is one whose shape repeats nothing by chance.
  const Tensor whole = ones({3});
  CHECK_THROWS_WITH(whole.broadcast_to({1, 3}).fill(7), Contains("fill: a tensor of shape [1, 3] that is broadcast"));
  CHECK_THROWS_WITH(whole.broadcast_to({3}).fill(7), Contains("fill: a tensor of shape [3] that is broadcast"));
  CHECK(array_equal(whole, ones({3})));
  // Copies are not.
  CHECK(array_equal(x.clone().fill(7), full({3}, 7)));
  CHECK(x.data<const float>()[0] == 1);
  CHECK(as_xtensor<const float>(x)(2) == 1);
}

TEST_CASE("shapes that are held in place and on the heap are copied into each other") {
  const Shape few{1, 2, 3}, many{1, 2, 3, 4, 5, 6, 7, 8};
  const auto copied_into = [](Shape target, const Shape& from) {
    target = from;
    return target;
  };
  for (const Shape& target : {few, many}) {
    for (const Shape& from : {few, many}) CHECK(copied_into(target, from) == from);
  }

  Shape shrunk = many;
  while (shrunk.size() > 2) shrunk.pop_back();
  Shape copy = shrunk;
  CHECK(copy == Shape{1, 2});
  for (int64_t length = 3; length <= 8; ++length) copy.push_back(length);
  CHECK(copy == many);
  CHECK(shrunk == Shape{1, 2});
  const Shape& itself = copy;
  copy = itself;
  CHECK(copy == many);
}
