#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;
using layers::EinsumDense;

TEST_CASE("EinsumDense does what Dense does, on any axes") {
  const Tensor x = randn({2, 3, 4});
  const layers::Dense dense(5, {.activation = "tanh", .bias_initializer = "ones"});
  const Tensor expected = dense(x);
  const auto check = [&](const EinsumDense& layer) {
    layer(x);
    layer.set_weights(dense.get_weights());
    CHECK(allclose(layer(x), expected, 1e-5, 1e-6));
    CHECK(layer.compute_output_shape({-1, 3, 4}) == Shape{-1, 3, 5});
  };
  check(EinsumDense("abc,cd->abd", {-1, 5}, {.activation = "tanh", .bias_axes = "d"}));
  check(EinsumDense("abc,cd->abd", {3, 5}, {.activation = "tanh", .bias_axes = "d"}));
  CHECK(EinsumDense("abc,cd->abd", {-1, 5}).compute_output_shape({-1, -1, 4}) == Shape{-1, -1, 5});
  check(EinsumDense("...x,xy->...y", 5, {.activation = "tanh", .bias_axes = "y"}));
  CHECK_FALSE(has_mask(EinsumDense("abc,cd->abd", {-1, 5})(with_mask(x, ones({2, 3}, bool_)))));
}

TEST_CASE("EinsumDense makes kernel and bias of the letters of the equation") {
  const Tensor x = randn({2, 3, 4});
  const auto shapes = [](const EinsumDense& layer, const Tensor& input) {
    const Tensor y = layer(input);
    CHECK(layer.compute_output_shape(input.shape()) == y.shape());
    std::vector<Shape> result{y.shape()};
    for (const Tensor& weight : layer.get_weights()) result.push_back(weight.shape());
    return result;
  };
  using Shapes = std::vector<Shape>;
  CHECK(shapes(EinsumDense("abc,cde->abde", {-1, 2, 5}, {.bias_axes = "de"}), x) ==
        Shapes{{2, 3, 2, 5}, {4, 2, 5}, {2, 5}});
  CHECK(shapes(EinsumDense("abc,cde->abde", {-1, 2, 5}, {.bias_axes = "d"}), x) ==
        Shapes{{2, 3, 2, 5}, {4, 2, 5}, {2, 1}});
  CHECK(shapes(EinsumDense("abc,bd->adc", {6, 4}, {.bias_axes = "d"}), x) == Shapes{{2, 6, 4}, {3, 6}, {6, 1}});
  CHECK(shapes(EinsumDense("ab...,bc->ac...", 6, {.bias_axes = "c"}), x) == Shapes{{2, 6, 4}, {3, 6}, {6, 1}});
  CHECK(shapes(EinsumDense("...ab,bc->...ac", {3, 6}), x) == Shapes{{2, 3, 6}, {4, 6}});
  const layers::EinsumDense layer("ab...,bc->ac...", 6);
  const Tensor y = layer(x);
  CHECK(allclose(y, tensordot(x, layer.get_weights()[0], 1, 0).transpose(1, 2), 1e-4, 1e-5));
}

TEST_CASE("kernels of EinsumDense and of attention have the fans of their axes") {
  set_random_seed(5);
  // Glorot's limit is sqrt(6 / (4 + 3 * 50)) for 4 inputs and 3 * 50 outputs.
  const EinsumDense layer("abc,cde->abde", {-1, 3, 50});
  layer(ones({1, 2, 4}));
  const double limit = std::sqrt(6.0 / 154);
  const Tensor kernel = layer.get_weights()[0];
  CHECK(max(abs(kernel)).item() <= limit);
  CHECK(max(abs(kernel)).item() > 0.95 * limit);
  const layers::MultiHeadAttention heads(3, 50);
  heads(ones({1, 2, 4}));
  CHECK(max(abs(heads.get_weights()[0])).item() == Approx(limit).epsilon(0.05));
  CHECK(max(abs(heads.get_weights()[6])).item() == Approx(limit).epsilon(0.05));
  const initializers::Initializer ones_of = "ones";
  CHECK(array_equal(initializers::for_fans(ones_of, 2, 3)({2, 3}), ones({2, 3})));
}

TEST_CASE("EinsumDense names what does not fit") {
  const std::string form =
      "EinsumDense: an equation has the form [X],[Y]->[Z], ...[X],[Y]->...[Z] or [X]...,[Y]->[Z]..., each of letters, "
      "given ";
  CHECK_THROWS_MATCHES(EinsumDense("ab,bc", 4), ValueError, Message(form + "ab,bc"));
  CHECK_THROWS_MATCHES(EinsumDense("a b,bc->ac", 4), ValueError, Message(form + "a b,bc->ac"));
  CHECK_THROWS_MATCHES(EinsumDense("...b,bc->c", 4), ValueError, Message(form + "...b,bc->c"));
  CHECK_THROWS_MATCHES(EinsumDense("ab,bcx->ac", 4), ValueError,
                       Message("EinsumDense: the kernel of ab,bcx->ac has 'x', which neither the input nor the output "
                               "has"));
  CHECK_THROWS_MATCHES(EinsumDense("ab,bc->acz", 4), ValueError,
                       Message("EinsumDense: the output of ab,bc->acz has 'z', which neither the input nor the kernel "
                               "has"));
  CHECK_THROWS_MATCHES(EinsumDense("ab,bc->ac", 4, {.bias_axes = "b"}), ValueError,
                       Message("EinsumDense: the bias axis 'b' is none of the output of ab,bc->ac"));
  const EinsumDense layer("abc,cd->abd", {-1, 4}, {.name = "e"});
  CHECK_THROWS_MATCHES(layer(ones({2, 3})), ShapeError, Message("e: expected inputs of 3 dimensions, given [2, 3]"));
  CHECK_THROWS_MATCHES(layer.build({-1, 3, -1}), ShapeError,
                       Message("e: the length of 'c' must be known, given inputs [-1, 3, -1]"));
  layer(ones({2, 3, 5}));
  CHECK_THROWS_MATCHES(layer(ones({2, 3, 4})), ShapeError, Message("e: built for inputs [-1, 3, 5], given [2, 3, 4]"));
  CHECK(layer(ones({2, 7, 5})).shape() == Shape{2, 7, 4});
  CHECK_THROWS_MATCHES(EinsumDense("abc,cd->abd", 4, {.name = "f"})(ones({2, 3, 5})), ShapeError,
                       Message("f: output_shape [4] must have 2 lengths"));
  CHECK_THROWS_MATCHES(EinsumDense("abc,cd->abd", {2, 4}, {.name = "f"})(ones({2, 3, 5})), ShapeError,
                       Message("f: output_shape [2, 4] has the length 2 for 'b', the inputs [2, 3, 5] have 3"));
}
