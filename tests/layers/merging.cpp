#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;
using layers::Layer;

TEST_CASE("layers join tensors element by element") {
  const Tensor a = tensor({{1.0, -2.0, 3.0}}).astype(float32), b = tensor({{4.0, 5.0, -6.0}}).astype(float32),
               c = tensor({{0.5, 2.0, 2.0}}).astype(float32);
  CHECK(array_equal(layers::Add()({a, b, c}), a + b + c));
  CHECK(array_equal(layers::Subtract()({a, b}), a - b));
  CHECK(array_equal(layers::Multiply()({a, b, c}), a * b * c));
  CHECK(allclose(layers::Average()({a, b, c}), (a + b + c) / 3));
  CHECK(array_equal(layers::Maximum()({a, b, c}), tensor({{4.0, 5.0, 3.0}}).astype(float32)));
  CHECK(array_equal(layers::Minimum()({a, b, c}), tensor({{0.5, -2.0, -6.0}}).astype(float32)));
  CHECK(layers::Concatenate({.axis = 0})({a, b}).shape() == Shape{2, 3});
  // Merging layers are layers like others: float64 becomes their type.
  CHECK(layers::Add()({a.astype(float64), b.astype(float64)}).dtype() == float32);
  CHECK(layers::Add({.dtype = float64})({a, b}).dtype() == float64);
}

TEST_CASE("tensors of fewer axes get axes behind the batch, as in Keras") {
  const Tensor sequences = randn({2, 3, 4}), rows = randn({2, 4});
  for (const Layer& layer : {Layer(layers::Add()), Layer(layers::Multiply()), Layer(layers::Maximum())}) {
    const Tensor y = layer({sequences, rows});
    REQUIRE(y.shape() == Shape{2, 3, 4});
    CHECK(array_equal(y, layer({sequences, rows.expand_dims(1)})));
    CHECK(array_equal(layer({rows, sequences}), y));
  }
  CHECK(layers::Add()({randn({2, 1, 4}), sequences}).shape() == Shape{2, 3, 4});
  CHECK_THROWS_MATCHES(layers::Add({.name = "a"})({sequences, randn({1, 3, 4})}), ShapeError,
                       Message("a: the batches differ: [2, 3, 4], [1, 3, 4]"));
  CHECK_THROWS_MATCHES(layers::Multiply({.name = "m"})({sequences, rows, randn({2, 5})}), ShapeError,
                       Message("m: shapes do not broadcast: [2, 3, 4], [2, 4], [2, 5]"));
}

TEST_CASE("merging layers take as many tensors as they say") {
  const Tensor x = ones({2, 3});
  CHECK_THROWS_MATCHES(layers::Add({.name = "sum"})(x), ValueError,
                       Message("sum: expected at least 2 tensors, given 1"));
  CHECK_THROWS_MATCHES(layers::Subtract({.name = "s"})({x, x, x}), ValueError,
                       Message("s: expected 2 tensors, given 3"));
  CHECK_THROWS_MATCHES(layers::Dot(1, {.name = "d"})(x), ValueError, Message("d: expected 2 tensors, given 1"));
  CHECK_THROWS_MATCHES(layers::Concatenate({.name = "c"})(x), ValueError,
                       Message("c: expected at least 2 tensors, given 1"));
}

TEST_CASE("what counts in any input counts in the result, and what does not is left out") {
  const auto bools = [](const Tensor& numbers) { return numbers.astype(bool_); };
  const Tensor first = bools(tensor({{1, 1, 0, 0}})), second = bools(tensor({{1, 0, 1, 0}}));
  const Tensor a = tensor({{{2.0}, {3.0}, {5.0}, {7.0}}}).astype(float32),
               b = tensor({{{1.0}, {9.0}, {4.0}, {8.0}}}).astype(float32);
  const Tensor x = with_mask(a, first), y = with_mask(b, second);
  const auto check = [&](const Layer& layer, const Tensor& left, const Tensor& right, std::vector<double> expected,
                         const Tensor& mask) {
    INFO(layer.class_name());
    const Tensor result = layer({left, right});
    CHECK(result.to_vector<double>() == expected);
    REQUIRE(has_mask(result) == mask.defined());
    if (mask.defined()) CHECK(array_equal(mask_of(result), mask));
  };
  const Tensor either = bools(tensor({{1, 1, 1, 0}}));
  check(layers::Add(), x, y, {3, 12, 9, 15}, either);
  check(layers::Subtract(), x, y, {1, -6, 1, -1}, either);
  check(layers::Average(), x, y, {1.5, 6, 4.5, 7.5}, either);
  check(layers::Multiply(), x, y, {2, 3, 4, 0}, either);
  check(layers::Maximum(), x, y, {2, 3, 4, 7}, either);
  check(layers::Minimum(), x, y, {1, 3, 4, 7}, either);
  // A tensor without a mask counts everywhere.
  check(layers::Multiply(), x, b, {2, 27, 4, 8}, {});
  check(layers::Maximum(), a, y, {2, 3, 5, 7}, {});
  check(layers::Minimum(), x, b, {1, 3, 4, 8}, {});
  CHECK_FALSE(has_mask(layers::Dot(1)({x, y})));
  // Beside vectors, which get an axis in the place of the steps.
  CHECK(layers::Multiply()({x, ones({1, 1})}).to_vector<double>() == std::vector<double>{2, 3, 1, 1});
}

TEST_CASE("Dot sums products along an axis of each tensor") {
  const Tensor a = randn({2, 3, 4}), b = randn({2, 4, 5}), u = randn({2, 3}), v = randn({2, 3});
  CHECK(allclose(layers::Dot({2, 1})({a, b}), matmul(a, b), 1e-5, 1e-6));
  CHECK(allclose(layers::Dot({-1, -2})({a, b}), matmul(a, b), 1e-5, 1e-6));
  CHECK(allclose(layers::Dot(1)({u, v}), sum(u * v, 1, true), 1e-5, 1e-6));
  CHECK(allclose(layers::Dot(1)({u, a}), einsum("bi,bik->bk", {u, a}), 1e-5, 1e-6));
  CHECK(allclose(layers::Dot(-1, {.normalize = true})({u, v}),
                 sum(u * v, 1, true) / sqrt(sum(u * u, 1, true) * sum(v * v, 1, true)), 1e-5, 1e-6));
  const layers::Dot dot({2, 1}, {.normalize = true, .name = "d"});
  CHECK(dot.get_config().at("axes") == parse_json("[2, 1]"));
  CHECK(layers::clone(dot).get_config() == dot.get_config());
  CHECK_THROWS_MATCHES(dot({a, u}), ShapeError,
                       Message("d: the lengths of axis 2 and axis 1 differ: [2, 3, 4], [2, 3]"));
  CHECK_THROWS_MATCHES(dot({u, a}), IndexError, Message("d: axis 2 is out of range, or the batch, for inputs [2, 3]"));
  CHECK_THROWS_MATCHES(dot({a, randn({3, 4, 5})}), ShapeError, Message("d: the batches differ: [2, 3, 4], [3, 4, 5]"));
  CHECK_THROWS_WITH(layers::Dot(0), "Dot: axis 0 is that of the batch, which is not summed");
  CHECK_THROWS_WITH(layers::Dot({1, 2, 3}), "Dot: expected one axis for both tensors, or one for each, given 3");
  CHECK_THROWS_WITH(layers::Dot({}), Contains("Dot: expected one axis for both tensors, or one for each"));
}

TEST_CASE("merging layers tell the shapes of symbols, and show them in errors") {
  const Symbol sequences = Input({-1, 4}, {.name = "sequences"}), rows = Input({4}), wide = Input({-1, 6});
  CHECK(layers::Add()({sequences, rows}).shape() == Shape{-1, -1, 4});
  CHECK(layers::Concatenate()({sequences, wide}).shape() == Shape{-1, -1, 10});
  CHECK(layers::Concatenate({.axis = 1})({sequences, sequences}).shape() == Shape{-1, -1, 4});
  CHECK(layers::Concatenate({.axis = 1})({Input({2, 4}), Input({3, 4})}).shape() == Shape{-1, 5, 4});
  CHECK(layers::Dot(2)({sequences, sequences}).shape() == Shape{-1, -1, -1});
  CHECK(layers::Dot(1)({rows, rows}).shape() == Shape{-1, 1});
  CHECK_THROWS_MATCHES(layers::Average({.name = "a"})({sequences, wide}), ShapeError,
                       Message("a: shapes do not broadcast: [-1, -1, 4], [-1, -1, 6]"));
  CHECK_THROWS_MATCHES(layers::Concatenate({.axis = 1, .name = "c"})({sequences, wide}), ShapeError,
                       Message("c: lengths differ along another axis than 1: [-1, -1, 4], [-1, -1, 6]"));
  CHECK_THROWS_MATCHES(layers::Concatenate({.name = "c"})({sequences, rows}), ShapeError,
                       Message("c: the ranks differ: [-1, -1, 4], [-1, 4]"));
  CHECK_THROWS_MATCHES(layers::Concatenate({.axis = 3, .name = "c"})({rows, rows}), IndexError,
                       Message("c: axis 3 is out of range for inputs [-1, 4]"));
  CHECK_THROWS_MATCHES(layers::Subtract({.name = "s"})({rows, rows, rows}), ValueError,
                       Message("s: expected 2 tensors, given 3"));

  const Model model({sequences, rows}, layers::Dense(2)(layers::Multiply()({sequences, rows})));
  CHECK(model({randn({3, 5, 4}), randn({3, 4})}).shape() == Shape{3, 5, 2});
}

TEST_CASE("where the namespaces of layers stand open, plain names of operations mean the operations") {
  using namespace xtape::layers;
  const std::vector<Tensor> tensors = {ones({2, 3}), ones({2, 3})};
  CHECK(concatenate(tensors).shape() == Shape{4, 3});
  CHECK(concatenate({tensors[0], tensors[1]}).shape() == Shape{4, 3});
  CHECK(concatenate(tensors, 1).shape() == Shape{2, 6});
  CHECK(layers::concatenate(tensors).shape() == Shape{2, 6});
  CHECK(layers::concatenate({tensors[0], tensors[1]}, {.axis = 0}).shape() == Shape{4, 3});
  CHECK(maximum(tensors[0], 2).shape() == Shape{2, 3});
  CHECK(add(tensors).shape() == Shape{2, 3});

  const std::vector<Symbol> symbols = {Input({3}), Input({3})};
  CHECK(concatenate(symbols).shape() == Shape{-1, 6});
  CHECK(concatenate({symbols[0], symbols[1]}).shape() == Shape{-1, 6});
  CHECK(layers::concatenate(symbols, {.axis = 0}).shape() == Shape{-1, 3});
}
