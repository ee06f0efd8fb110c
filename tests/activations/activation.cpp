#include <cmath>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

namespace xtape::test {
namespace {

using activations::Activation;

struct Named {
  std::string name;
  Tensor (*function)(const Tensor&);
};

// Keras's thirty but threshold, and the aliases.
const std::vector<Named> named = {
    {"linear", [](const Tensor& x) { return x; }},
    {"relu", relu},
    {"relu6", relu6},
    {"leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.2); }},
    {"elu", [](const Tensor& x) { return elu(x, 1); }},
    {"selu", [](const Tensor& x) { return 1.0507009873554805 * elu(x, 1.6732632423543772); }},
    {"celu", [](const Tensor& x) { return elu(x, 1); }},
    {"gelu", [](const Tensor& x) { return gelu(x, false); }},
    {"glu", [](const Tensor& x) { return glu(x, -1); }},
    {"sigmoid", sigmoid},
    {"log_sigmoid", log_sigmoid},
    {"hard_sigmoid", hard_sigmoid},
    {"sparse_sigmoid", sparse_sigmoid},
    {"silu", silu},
    {"swish", silu},
    {"hard_silu", hard_silu},
    {"hard_swish", hard_silu},
    {"softplus", softplus},
    {"sparse_plus", sparse_plus},
    {"squareplus", [](const Tensor& x) { return squareplus(x, 4); }},
    {"softsign", softsign},
    {"mish", mish},
    {"tanh", tanh},
    {"hard_tanh", hard_tanh},
    {"tanh_shrink", tanh_shrink},
    {"hard_shrink", [](const Tensor& x) { return hard_shrink(x, 0.5); }},
    {"soft_shrink", [](const Tensor& x) { return soft_shrink(x, 0.5); }},
    {"exponential", exp},
    {"softmax", [](const Tensor& x) { return softmax(x, -1); }},
    {"log_softmax", [](const Tensor& x) { return log_softmax(x, -1); }},
    {"sparsemax", [](const Tensor& x) { return sparsemax(x, -1); }},
};

}  // namespace

TEST_CASE("every activation of Keras is known by its name, with its defaults") {
  const Tensor x = sample({3, 4}, {-4, 4});
  for (const Named& each : named) {
    INFO(each.name);
    const Activation activation(each.name);
    CHECK(activation.name() == each.name);
    CHECK(allclose(activation(x), each.function(x), 1e-14));
  }
  CHECK(named.size() == 29 + 2);
}

TEST_CASE("an unknown activation names the nearest ones") {
  CHECK_THROWS_WITH(Activation("hard_swich"), Contains("unknown activation \"hard_swich\"") && Contains("hard_swish"));
  CHECK_THROWS_WITH(Activation("sparse_max"), Contains("sparsemax"));
  CHECK_THROWS_WITH(Activation("threshold"),
                    "activation: threshold has no defaults; give a function such as "
                    "[](const Tensor& x) { return threshold(x, 0.5, 7); }");
  CHECK_THROWS_AS(Activation("threshold"), ValueError);
}

TEST_CASE("glu halves the last axis, and other functions keep the shape") {
  CHECK(Activation("glu")(ones({3, 4})).shape() == Shape{3, 2});
  CHECK_THROWS_WITH(Activation("glu")(ones({2, 3})), "glu: expected an even length along axis 1, given [2, 3]");
  CHECK_THROWS_AS(glu(ones({2, 3})), ShapeError);
  CHECK_THROWS_AS(glu(ones({4}), 1), IndexError);
  CHECK_THROWS_AS(Activation([](const Tensor& x) { return glu(x); })(ones({3, 4})), ShapeError);
}

TEST_CASE("activations refuse numbers that have no meaning") {
  const Tensor x = ones({2});
  CHECK_THROWS_AS(celu(x, 0), ValueError);
  CHECK_THROWS_AS(celu(x, NAN), ValueError);
  CHECK_THROWS_AS(squareplus(x, -1), ValueError);
  CHECK_THROWS_AS(hard_shrink(x, -0.5), ValueError);
  CHECK_THROWS_AS(soft_shrink(x, INFINITY), ValueError);
  CHECK_THROWS_AS(threshold(x, NAN, 0), ValueError);
  CHECK_THROWS_AS(threshold(x, 0, INFINITY), ValueError);
  CHECK_THROWS_WITH(sparsemax(zeros({2, 0})), "sparsemax: expected at least one element along the axis, given [2, 0]");
  // The limit of small b, whose formula is 0 / 0 at 0.
  CHECK(array_equal(squareplus(tensor({-1.0, 0.0, 2.0}), 0), tensor({0.0, 0.0, 2.0})));
}

TEST_CASE("sparsemax adds up to one, without loss far from zero, and is not a number where the largest is none") {
  for (const DType dtype : {float32, float64}) {
    const Tensor x = tensor({1.5, 1.25, -3.0, 1.0}, dtype);
    const Tensor y = sparsemax(x);
    CHECK(allclose(y, tensor({0.5833333333333333, 0.3333333333333333, 0.0, 0.08333333333333333}, dtype), 1e-6));
    CHECK(array_equal(sparsemax(x + 1024), y));
    CHECK(array_equal(sparsemax(tensor({2.0, 2.0}, dtype)), tensor({0.5, 0.5}, dtype)));
    CHECK(array_equal(sparsemax(tensor({-INFINITY, 3.0}, dtype)), tensor({0.0, 1.0}, dtype)));
    CHECK(all(isnan(sparsemax(tensor({INFINITY, 3.0}, dtype)))).item<bool>());
    CHECK(all(isnan(sparsemax(tensor({NAN, 3.0}, dtype)))).item<bool>());
  }
}

}  // namespace xtape::test
