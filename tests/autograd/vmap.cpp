#include <sstream>

#include "autograd/vmap.hpp"

namespace xtape::test {

TEST_CASE("vmap is a loop over an axis") {
  const Tensor x = numbers({3, 4, 5});
  const Function f = [](const Tensor& v) { return tanh(v) * sum(v, -1, true); };
  for (const int axis : {0, 1, 2, -1, -3}) {
    for (const int out_axis : {0, 1, 2, -1}) {
      check_equal(vmap(f, {.in_axes = axis, .out_axes = out_axis})(x), loop(f, x, axis, out_axis));
    }
  }
}

TEST_CASE("inputs are mapped along their own axes or not at all") {
  const Tensor a = numbers({3, 4}), b = numbers({4, 3}, 2), c = numbers({4}, 3);
  const auto f = [](const Tensors& x) -> Tensors { return {x[0] * x[1] + x[2], sum(x[0] * x[2]), x[2]}; };
  const Tensors found = vmap(f, {.in_axes = {0, -1, unmapped}, .out_axes = {1, 0, unmapped}})({a, b, c});
  check_equal(found[0], (a * b.transpose() + c).transpose());
  check_equal(found[1], sum(a * c, -1));
  check_equal(found[2], c);
  // What is the same for all examples is repeated.
  check_equal(vmap(f, {.in_axes = {0, 1, unmapped}})({a, b, c})[2], broadcast_to(c, {3, 4}));
}

TEST_CASE("a mapped tensor has the shape of one example") {
  vmap([](const Tensor& v) {
    CHECK(v.shape() == Shape{4});
    CHECK(v.rank() == 1);
    CHECK(v.numel() == 4);
    CHECK(v.dtype() == float64);
    CHECK((v * 2).expand_dims(0).shape() == Shape{1, 4});
    return v;
  })(numbers({3, 4}));
}

TEST_CASE("vmap nests with itself") {
  const Tensor x = numbers({3, 4}), y = numbers({5, 4}, 2);
  const auto distance = [](const Tensors& v) -> Tensors { return {sqrt(sum(square(v[0] - v[1])))}; };
  const auto to_all = vmap(distance, {.in_axes = {unmapped, 0}});
  const Tensor distances = vmap(to_all, {.in_axes = {0, unmapped}})({x, y})[0];
  check_equal(distances, sqrt(sum(square(x.expand_dims(1) - y.expand_dims(0)), -1)));

  // A matrix product from products of vectors; inner and outer are not mixed up.
  const auto dot = [](const Tensors& v) -> Tensors { return {matmul(v[0], v[1])}; };
  const auto row = vmap(dot, {.in_axes = {unmapped, 1}});
  check_equal(vmap(row, {.in_axes = {0, unmapped}})({x, y.transpose()})[0], matmul(x, y.transpose()));
  // Both of one length.
  const Tensor square_one = numbers({4, 4}), square_two = numbers({4, 4}, 2);
  check_equal(vmap(row, {.in_axes = {0, unmapped}})({square_one, square_two})[0], matmul(square_one, square_two));
}

TEST_CASE("elementwise functions and custom ops take part in vmap") {
  const Tensor x = numbers({3, 4}), y = numbers({4}, 2);
  const auto hypot = elementwise("hypot", [](auto a, auto b) { return sqrt(a * a + b * b); });
  check_equal(vmap([&](const Tensor& v) { return hypot(v, y); })(x), sqrt(x * x + y * y));
  check_equal(vmap([&](const Tensor& v) { return gradient([&](const Tensor& u) { return hypot(u, y); }, v); })(x),
              x / sqrt(x * x + y * y));

  const CustomOp cube{.name = "cube",
                      .forward = [](const Tensors& inputs) -> Tensors {
                        // May read what it is given: examples are plain tensors here.
                        CHECK(inputs[0].shape() == Shape{4});
                        CHECK(inputs[0].to_vector<double>().size() == 4);
                        return {inputs[0] * inputs[0] * inputs[0]};
                      },
                      .vjp = [](const Tensors& g, const Tensors& inputs, const Tensors&) -> Tensors {
                        return {g[0] * 3 * square(inputs[0])};
                      },
                      .jvp = [](const Tensors& t, const Tensors& inputs, const Tensors&) -> Tensors {
                        return {t[0] * 3 * square(inputs[0])};
                      }};
  const Function f = [&](const Tensor& v) { return custom_op(cube, {v})[0]; };
  check_equal(vmap(f)(x), x * x * x);
  check_equal(vmap([&](const Tensor& v) { return gradient(f, v); })(x), 3 * x * x);
  check_equal(vmap([&](const Tensor& v) { return forward(f, v, v); })(x), 3 * x * x * x);
  check_equal(forward([&](const Tensor& v) { return vmap(f)(v); }, x, x), 3 * x * x * x);
}

TEST_CASE("a custom op that closes over a mapped tensor is refused") {
  vmap([](const Tensor& v) {
    const CustomOp op{.name = "times_v",
                      .forward = [&](const Tensors& x) -> Tensors { return {x[0] * v}; },
                      .vjp = [&](const Tensors& g, const Tensors&, const Tensors&) -> Tensors { return {g[0] * v}; }};
    CHECK_THROWS_WITH(custom_op(op, {v * 2}), Contains("times_v: the function closes over a tensor that vmap maps"));
    return v;
  })(numbers({3, 4}));
}

TEST_CASE("values of mapped tensors are not to be read") {
  const auto reads = [](const std::function<void(const Tensor&)>& read) {
    return [read] {
      vmap([&](const Tensor& v) {
        read(sum(v));
        return v;
      })(numbers({3, 4}));
    };
  };
  const std::string reason =
      ": a tensor that vmap maps, of shape [] for each example, has no values to be read: choose between values by "
      "where";
  CHECK_THROWS_WITH(reads([](const Tensor& v) { v.item(); })(), Contains("item" + reason));
  CHECK_THROWS_WITH(reads([](const Tensor& v) { return (v > 0).item<bool>(); })(), Contains("item" + reason));
  CHECK_THROWS_WITH(reads([](const Tensor& v) { v.data<const double>(); })(), Contains("data" + reason));
  CHECK_THROWS_WITH(reads([](const Tensor& v) { v.data<double>(); })(), Contains("data" + reason));
  CHECK_THROWS_WITH(reads([](const Tensor& v) { v.to_vector<double>(); })(), Contains("to_vector" + reason));
  CHECK_THROWS_WITH(reads([](const Tensor& v) { v.str(); })(), Contains("str" + reason));
  CHECK_THROWS_AS(reads([](const Tensor& v) { std::ostringstream() << v; })(), AutogradError);
  CHECK_THROWS_AS(reads([](const Tensor& v) { allclose(v, v); })(), AutogradError);
  // A tangent on top changes nothing.
  CHECK_THROWS_WITH(reads([](const Tensor& v) {
                      forward(
                          [](const Tensor& u) {
                            u.item();
                            return u;
                          },
                          v, v);
                    })(),
                    Contains("item" + reason));
  // Within forward mode values may be read, and so may tensors that are not mapped.
  reads([](const Tensor&) { CHECK(ones({}).item() == 1); })();
}

TEST_CASE("a mapped tensor that outlives its vmap is refused") {
  Tensor kept;
  vmap([&](const Tensor& v) { return kept = v * 2; })(numbers({3, 4}));
  const std::string reason =
      "a tensor of shape [4] that vmap mapped was used after that vmap had ended; return it from the function";
  CHECK_THROWS_WITH(kept + 1, Contains(reason));
  CHECK_THROWS_WITH(sum(kept), Contains(reason));
  CHECK_THROWS_WITH(concatenate({kept, kept}), Contains(reason));
  CHECK_THROWS_WITH(kept += 1, Contains(reason));
  CHECK_THROWS_AS(kept.item(), AutogradError);
  CHECK_THROWS_WITH(vmap([&](const Tensor& v) { return v * kept; })(numbers({3, 4})), Contains(reason));
  // A tensor that is not mapped may outlive it.
  vmap([&](const Tensor& v) {
    kept = ones({4}) * 2;
    return v;
  })(numbers({3, 4}));
  CHECK(array_equal(kept + 1, full({4}, 3)));
}

TEST_CASE("bad arguments of vmap are refused before the function is called") {
  const Tensor x = numbers({3, 4});
  int calls = 0;
  const auto f = [&](const Tensors& v) {
    ++calls;
    return v;
  };
  CHECK_THROWS_WITH(vmap(Function()), Contains("vmap: the function is empty"));
  CHECK_THROWS_WITH(vmap(f, {.in_axes = {0, 0}})({x}), Contains("vmap: in_axes has 2 axes for 1 inputs"));
  CHECK_THROWS_AS(vmap(f, {.in_axes = {0, 0}})({x}), ValueError);
  CHECK_THROWS_WITH(vmap(f, {.in_axes = 2})({x}), Contains("vmap: input 0") && Contains("2"));
  CHECK_THROWS_AS(vmap(f, {.in_axes = -3})({x}), IndexError);
  CHECK_THROWS_AS(vmap(f)({ones({})}), IndexError);
  CHECK_THROWS_WITH(
      vmap(f)({x, ones({4, 4})}),
      Contains("vmap: mapped axes must have one length: axis 0 of input 0, [3, 4], has 3, axis 0 of input 1, "
               "[4, 4], has 4"));
  CHECK_THROWS_AS(vmap(f)({x, ones({4, 4})}), ShapeError);
  CHECK_THROWS_WITH(vmap(f, {.in_axes = unmapped})({x}), Contains("vmap: in_axes maps no input"));
  CHECK_THROWS_WITH(vmap(f)({}), Contains("vmap: in_axes maps no input"));
  CHECK_THROWS_WITH(vmap(f)({zeros({0, 2})}), Contains("vmap: there are no examples"));
  CHECK_THROWS_AS(vmap(f)({x, Tensor()}), ValueError);
  CHECK(calls == 0);

  CHECK_THROWS_WITH(vmap(f, {.out_axes = {0, 0}})({x}), Contains("vmap: out_axes has 2 axes for 1 outputs"));
  CHECK_THROWS_WITH(vmap(f, {.out_axes = unmapped})({x}),
                    Contains("vmap: output 0 differs between examples, out_axes says that it is unmapped"));
  CHECK_THROWS_AS(vmap(f, {.out_axes = 2})({x}), IndexError);
  CHECK_THROWS_AS(vmap([](const Tensors&) -> Tensors { return {Tensor()}; })({x}), ValueError);
}

TEST_CASE("the arguments of a mapped function are its own") {
  const Tensor x = numbers({3, 4}), w = numbers({4}, 2);
  vmap([](const Tensors& v) -> Tensors { return {v[0].set_requires_grad() * v[1].set_requires_grad()}; },
       {.in_axes = {0, unmapped}})({x, w});
  CHECK_FALSE(x.requires_grad());
  CHECK_FALSE(w.requires_grad());
}

TEST_CASE("an error within vmap leaves no level behind") {
  CHECK_THROWS_AS(vmap([](const Tensor& v) { return matmul(v, ones({7}, float64)); })(numbers({3, 4})), ShapeError);
  const Tensor x = numbers({2, 2});
  check_equal(vmap([](const Tensor& v) { return v * 2; })(x), 2 * x);
}

TEST_CASE("labels and positions may be mapped") {
  const Tensor logits = numbers({4, 5, 3}),
               labels = tensor({{0, 1, 2, 0, 1}, {2, 2, 1, 0, 0}, {1, 1, 1, 1, 1}, {0, 2, 0, 2, 0}});
  const auto loss = [](const Tensors& x) -> Tensors {
    return {sparse_categorical_crossentropy_from_logits(x[1], x[0])};
  };
  check_equal(vmap(loss)({logits, labels})[0], sparse_categorical_crossentropy_from_logits(labels, logits));
  check_equal(vmap([](const Tensor& v) { return one_hot(v, 3, float64); })(labels), one_hot(labels, 3, float64));
  check_equal(vmap([](const Tensors& x) -> Tensors { return {take(x[0], x[1] - 3)}; })({logits, labels})[0],
              stack({take(logits[0], labels[0] - 3 + 5), take(logits[1], labels[1] + 2), take(logits[2], labels[2] + 2),
                     take(logits[3], labels[3] + 2)}));
  CHECK_THROWS_AS(vmap(loss)({logits, labels + 1}), IndexError);
  CHECK_THROWS_AS(vmap([](const Tensors& x) -> Tensors { return {take(x[0], x[1])}; })({logits, labels + 4}),
                  IndexError);
  CHECK_THROWS_AS(vmap([](const Tensor& v) { return power(2, v); })(labels - 1), ValueError);
}

TEST_CASE("long chains under vmap keep no tensor but the last") {
  const Tensor y = vmap([](const Tensor& v) {
    Tensor x = v;
    for (int i = 0; i < 100000; ++i) x = x * 0.5 + 1;
    return x;
  })(tensor({1.0, 5.0}));
  CHECK(array_equal(y, tensor({2.0, 2.0})));
}

}  // namespace xtape::test
