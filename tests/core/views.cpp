#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

Tensor counting(const Shape& shape) { return arange(shape.numel()).reshape(shape); }

std::vector<int> elements(const Tensor& x) { return x.to_vector<int>(); }

}  // namespace

TEST_CASE("views share elements") {
  const Tensor x = counting({2, 3, 4});
  x.reshape({4, 6})[1].fill(-1);
  CHECK(elements(x[0][1]) == std::vector<int>{4, 5, -1, -1});
  x.transpose(0, 2).select(0, 0).fill(7);
  CHECK(elements(x.select(2, 0)) == std::vector<int>(6, 7));
  x.permute({1, 2, 0})[2].fill(8);
  CHECK(elements(x.slice(1, {.start = 2})) == std::vector<int>(8, 8));
  x.expand_dims(1).squeeze().flatten().slice(0, {.stop = 2}).fill(9);
  CHECK(x[0][0][1].item() == 9);
  x.detach()[1].fill(0);
  CHECK(elements(x[1]) == std::vector<int>(12, 0));
  const Tensor copy = x.clone();
  x.fill(5);
  CHECK(copy[1][0][0].item() == 0);
  CHECK(x.contiguous().handle() == x.handle());
}

TEST_CASE("views have NumPy's shapes and strides") {
  const Tensor x = counting({2, 3, 4});
  CHECK(x.strides() == Shape{12, 4, 1});
  CHECK(x.transpose().shape() == Shape{4, 3, 2});
  CHECK(x.transpose().strides() == Shape{1, 4, 12});
  CHECK_FALSE(x.transpose().is_contiguous());
  CHECK(x.permute({1, 0, 2}).strides() == Shape{4, 12, 1});
  CHECK(x.slice(2, {.step = 2}).strides() == Shape{12, 4, 2});
  CHECK(x.slice(2, {.step = -1}).strides() == Shape{12, 4, -1});
  CHECK(x[1].shape() == Shape{3, 4});
  CHECK(x[{1, Slice{}, 2}].shape() == Shape{3});
  CHECK(x.expand_dims(-1).shape() == Shape{2, 3, 4, 1});
  CHECK(x.expand_dims(0).squeeze().shape() == Shape{2, 3, 4});
  CHECK(ones({3, 1}).broadcast_to({2, 3, 4}).strides() == Shape{0, 1, 0});
  CHECK(x.flatten().shape() == Shape{24});
  CHECK(x.flatten(1).shape() == Shape{2, 12});
  CHECK(ones({}).flatten().shape() == Shape{1});
  CHECK(x.shape(-1) == 4);
  CHECK(x.rank() == 3);
}

TEST_CASE("reshape is a view where strides allow it, else a copy") {
  const Tensor x = counting({4, 6});
  CHECK(x.reshape({2, 12}).data<const int64_t>() == x.data<const int64_t>());
  CHECK(x.slice(0, {.step = 2}).reshape({2, 2, 3}).data<const int64_t>() == x.data<const int64_t>());
  const Tensor copied = x.transpose().reshape({24});
  CHECK(copied.data<const int64_t>() != x.data<const int64_t>());
  CHECK(elements(copied.slice(0, {.stop = 5})) == std::vector<int>{0, 6, 12, 18, 1});
  CHECK(elements(x.slice(1, {.step = -1}).reshape({2, 12})[0].slice(0, {.stop = 7})) ==
        std::vector<int>{5, 4, 3, 2, 1, 0, 11});
  CHECK(x.reshape({-1, 8}).shape() == Shape{3, 8});
  CHECK(zeros({0, 4}).reshape({2, 0}).shape() == Shape{2, 0});
  CHECK_THROWS_AS(x.reshape({5, 5}), ShapeError);
  CHECK_THROWS_WITH(x.reshape({5, 5}),
                    "reshape: a tensor of shape [4, 6] with 24 elements does not fit into shape [5, 5]");
  CHECK_THROWS_AS(x.reshape({-1, 5}), ShapeError);
  CHECK_THROWS_AS(x.reshape({-1, -1}), ShapeError);
  CHECK_THROWS_AS(zeros({0, 4}).reshape({-1, 0}), ShapeError);
}

TEST_CASE("slices follow Python's rules") {
  const Tensor x = arange(10);
  auto slice = [&](Slice range) { return elements(x.slice(0, range)); };
  CHECK(slice({}) == elements(x));
  CHECK(slice({.start = 2, .stop = 5}) == std::vector<int>{2, 3, 4});
  CHECK(slice({.start = -3}) == std::vector<int>{7, 8, 9});
  CHECK(slice({.stop = -7}) == std::vector<int>{0, 1, 2});
  CHECK(slice({.start = 1, .stop = 9, .step = 3}) == std::vector<int>{1, 4, 7});
  CHECK(slice({.step = -1}) == std::vector<int>{9, 8, 7, 6, 5, 4, 3, 2, 1, 0});
  CHECK(slice({.start = 7, .stop = 2, .step = -2}) == std::vector<int>{7, 5, 3});
  CHECK(slice({.start = -2, .stop = -9, .step = -3}) == std::vector<int>{8, 5, 2});
  CHECK(slice({.start = 3, .stop = std::nullopt, .step = -1}) == std::vector<int>{3, 2, 1, 0});
  CHECK(slice({.start = 5, .stop = 2}).empty());
  CHECK(slice({.start = 2, .stop = 5, .step = -1}).empty());
  CHECK(slice({.start = 100}).empty());
  CHECK(slice({.start = -100, .stop = 100}) == elements(x));
  CHECK(slice({.start = 100, .stop = -100, .step = -4}) == std::vector<int>{9, 5, 1});
  CHECK(slice({.step = 100}) == std::vector<int>{0});
  CHECK_THROWS_AS(slice({.step = 0}), ValueError);
  CHECK_THROWS_WITH(slice({.step = 0}), "slice: step must not be 0");
  CHECK(elements(x.slice(0, {.step = -1}).slice(0, {.start = 2, .step = 3})) == std::vector<int>{7, 4, 1});
}

TEST_CASE("positions out of range are refused") {
  const Tensor x = counting({2, 3});
  CHECK(elements(x[-1]) == std::vector<int>{3, 4, 5});
  CHECK_THROWS_AS(x[2], IndexError);
  CHECK_THROWS_WITH(x[2], "select: index 2 is out of range for axis 0 of shape [2, 3]");
  CHECK_THROWS_WITH(x.select(1, -4), "select: index -4 is out of range for axis 1 of shape [2, 3]");
  CHECK_THROWS_AS((x[{0, 0, 0}]), IndexError);
  CHECK_THROWS_WITH((x[{0, 0, 0}]), "index: 3 indices for a tensor of shape [2, 3]");
  CHECK_THROWS_AS(ones({})[0], IndexError);
  CHECK_THROWS_AS(x.slice(2, {}), IndexError);
  CHECK_THROWS_WITH(x.slice(2, {}), "slice: axis 2 is out of range for a tensor of rank 2");
  CHECK_THROWS_AS(x.shape(-3), IndexError);
}

TEST_CASE("assignment into views") {
  const Tensor x = zeros({3, 4}, int64);
  x[1].assign(tensor({1, 2, 3, 4}));
  x[{Slice{}, Slice{.start = 2}}].assign(tensor({{7}, {8}, {9}}));
  CHECK(elements(x) == std::vector<int>{0, 0, 7, 7, 1, 2, 8, 8, 0, 0, 9, 9});
  x[{Slice{.step = 2}, 0}].fill(5);
  CHECK(elements(x.select(1, 0)) == std::vector<int>{5, 1, 5});
  // Values are converted.
  x[0].assign(tensor({1.9, 2.9, 3.0, 4.0}));
  CHECK(elements(x[0]) == std::vector<int>{1, 2, 3, 4});
  CHECK_THROWS_AS(x[0].assign(ones({3})), ShapeError);
  CHECK_THROWS_AS(x[0].assign(ones({2, 4})), ShapeError);
  CHECK_THROWS_WITH(x[0].assign(ones({2, 4})), "assign: a value of shape [2, 4] does not fit into shape [4]");
  CHECK(elements(x[0]) == std::vector<int>{1, 2, 3, 4});
}

TEST_CASE("assignment between overlapping views reads before it writes") {
  const Tensor x = arange(6);
  x.slice(0, {.start = 1}).assign(x.slice(0, {.stop = -1}));
  CHECK(elements(x) == std::vector<int>{0, 0, 1, 2, 3, 4});
  const Tensor y = arange(5);
  y.assign(y.slice(0, {.step = -1}));
  CHECK(elements(y) == std::vector<int>{4, 3, 2, 1, 0});
  const Tensor z = counting({2, 2});
  z += z.transpose();
  CHECK(elements(z) == std::vector<int>{0, 3, 3, 6});
}

TEST_CASE("arithmetic in place") {
  const Tensor x = tensor({1.0, 2.0, 3.0});
  x += 1;
  x -= tensor({1.0, 1.0, 2.0});
  x *= 3;
  x /= tensor({1.0, 2.0, 3.0});
  CHECK(allclose(x, tensor({3., 3., 2.})));
  const Tensor view = zeros({2, 3});
  view[1] += x;
  CHECK(allclose(view, tensor({{0., 0., 0.}, {3., 3., 2.}})));
  CHECK_THROWS_AS(x += ones({2, 3}), ShapeError);
  const Tensor whole = tensor({1, 2, 3});
  CHECK_THROWS_AS(whole += 0.5, DTypeError);
  CHECK_THROWS_AS(whole /= 2, DTypeError);
  CHECK_THROWS_WITH(whole += 0.5,
                    Contains("+=: a result of type float64 cannot be stored in a tensor of type int64; convert"));
  CHECK(elements(whole) == std::vector<int>{1, 2, 3});
  whole *= 2;
  CHECK(whole.dtype() == int64);
}

TEST_CASE("elements that share memory are not changed in place") {
  const Tensor row = tensor({1.0, 2.0, 3.0});
  const Tensor repeated = row.broadcast_to({2, 3});
  CHECK_THROWS_AS(repeated += 1, ValueError);
  CHECK_THROWS_WITH(repeated += 1,
                    "+=: a tensor of shape [2, 3] that is broadcast, or a view of one, cannot be changed in place: its "
                    "elements share memory; clone it first");
  CHECK_THROWS_WITH(repeated.expand_dims(0) *= ones({1, 2, 3}), Contains("*=: "));
  CHECK_THROWS_WITH(repeated.assign(ones({2, 3})), Contains("assign: "));
  CHECK_THROWS_WITH(repeated.transpose().fill(0), Contains("fill: "));
  CHECK(row.to_vector<double>() == std::vector<double>{1, 2, 3});
  // One of the repeated rows is all of them. A single row is no exception, lest it depend on lengths.
  CHECK_THROWS_AS(repeated[1] += 1, ValueError);
  CHECK_THROWS_AS(row.broadcast_to({1, 3}) *= 2, ValueError);
  row.expand_dims(0) *= 2;
  CHECK(row.to_vector<double>() == std::vector<double>{2, 4, 6});
  // What is handed out as the caller's own is.
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{1, 1}, Shape{3}, Shape{1, 3}}) {
    const Tensor x = ones(shape).set_requires_grad();
    mean(x).backward();
    sum(x.broadcast_to(shape)).backward();
    const NoGrad no_grad;
    const double expected = 1 + 1.0 / static_cast<double>(x.numel());
    CHECK_NOTHROW(x.grad() *= 2);
    CHECK(allclose(x.grad(), full(shape, 2 * expected)));
    const EnableGrad enable_grad;
    const Tensor gradient = grad(sum(x), x), of_broadcast = grad(x.broadcast_to(shape).sum(), x);
    CHECK_NOTHROW(gradient *= 2);
    CHECK_NOTHROW(of_broadcast *= 2);
    CHECK(array_equal(gradient, full(shape, 2)));
    CHECK(array_equal(of_broadcast, full(shape, 2)));
    CHECK_NOTHROW(value_and_grad([](const Tensor& v) { return v.sum(); }, ones(shape)).second *= 2);
    CHECK_NOTHROW(vjp([](const Tensor& v) { return v.sum(); }, ones(shape)).second(ones({})) *= 2);
  }
  const Tensor at = ones({3});
  const auto half = [](const Tensor& v) { return v * 0.5; };
  CHECK_NOTHROW(hessian([](const Tensor& v) { return v.sum(); }, at) *= 2);
  for (const JacobianMode mode : {JacobianMode::forward, JacobianMode::reverse}) {
    CHECK_NOTHROW(jacobian([](const Tensor& v) { return ones_like(v); }, at, {.mode = mode}) *= 2);
    const Tensor slope = jacobian(half, ones({}), {.mode = mode});
    CHECK_NOTHROW(slope *= 2);
    CHECK(array_equal(slope, ones({})));
  }
  const Tensor copy = repeated.clone();
  copy += tensor({{1.0}, {0.0}});
  CHECK(elements(copy) == std::vector<int>{3, 5, 7, 2, 4, 6});
}

TEST_CASE("item and data check what they are asked for") {
  CHECK(tensor({{7}}).item<int>() == 7);
  CHECK_THROWS_AS(ones({2}).item(), ShapeError);
  CHECK_THROWS_WITH(ones({2}).item(), "item: the tensor must have one element, got shape [2]");
  CHECK_THROWS_AS(ones({2}).data<double>(), DTypeError);
  CHECK_THROWS_WITH(ones({2}).data<const double>(), "data: the tensor is float32, not float64");
  CHECK(arange(6).reshape({2, 3}).transpose().to_vector<double>() == std::vector<double>{0, 3, 1, 4, 2, 5});
  CHECK(*arange(6).slice(0, {.start = 4}).data<const int64_t>() == 4);
}

TEST_CASE("tensors of many dimensions") {
  const Tensor x = counting({1, 2, 1, 2, 1, 2, 1, 2});
  CHECK(x.rank() == 8);
  CHECK(elements(x.transpose().select(0, 1).flatten()) == std::vector<int>{1, 9, 5, 13, 3, 11, 7, 15});
  CHECK(array_equal(x + x, x * 2));
  CHECK(sum(x, {1, 3, 5}).shape() == Shape{1, 1, 1, 1, 2});
}

TEST_CASE("unsigned numbers are positions where int64 holds them") {
  const Tensor x = arange(3);
  CHECK(x[std::size_t{2}].item() == 2);
  CHECK(x[{uint8_t{1}}].item() == 1);
  CHECK_THROWS_MATCHES(x[static_cast<std::size_t>(-1)], IndexError,
                       Message("index: 18446744073709551615 is beyond every axis"));
  const auto wrapped = static_cast<std::size_t>(-1);
  CHECK_THROWS_AS((x[{wrapped}]), IndexError);
  CHECK_THROWS_AS(x.select(0, wrapped), IndexError);
  // Not clipped to all of them.
  CHECK_THROWS_AS(x.slice(0, {0, wrapped}), IndexError);
  CHECK_THROWS_AS(x.slice(0, {.start = wrapped}), IndexError);
  CHECK(x.slice(0, {std::size_t{1}, std::size_t{9}}).numel() == 2);
  // A number is one, also where it could be a null pointer.
  CHECK(Tensor(0).dtype() == int64);
  CHECK(Tensor(0L).item() == 0);
}
