#include <memory>
#include <xtape/error.hpp>
#include <xtape/initializers/constant.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/utils/clear_session.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

struct Scale : layers::Layer {
  Tensor factor, steps;
  void build(const Shape& input_shape) override {
    steps = add_weight("steps", {}, initializers::Zeros(), {.trainable = false});
    factor = add_weight("factor", {input_shape.back()}, initializers::Constant(2));
  }
  Tensor call(const Tensor& x, bool) override { return x * factor; }
};

struct Block : layers::Layer {
  layers::Dense& first = track("first", layers::Dense(4, {.kernel_regularizer = "l2"}));
  layers::Dense& second = track("second", layers::Dense(2));
  Tensor call(const Tensor& x, bool training) override { return second(first(x, training), training); }
};

struct Broken : layers::Layer {
  Tensor call(const Tensor& x, bool) override { return matmul(x, zeros({7, 7})); }
};

struct Outer : layers::Layer {
  Broken& inner = track("inner", Broken());
  Tensor call(const Tensor& x, bool training) override { return inner(x, training); }
};

}  // namespace

TEST_CASE("a layer of one's own builds on its first call and orders its weights") {
  Scale scale;
  CHECK(array_equal(scale(ones({2, 3})), full({2, 3}, 2)));
  CHECK(scale.build_shape() == Shape{-1, 3});
  const auto weights = scale.weights();
  REQUIRE(weights.size() == 2);
  CHECK(weights[0].name == "factor");
  CHECK(weights[1].name == "steps");
  CHECK(scale.trainable_variables().size() == 1);
  CHECK(scale.non_trainable_weights().size() == 1);
  CHECK_FALSE(weights[1].value.requires_grad());
  CHECK(scale.compute_output_shape({-1, 3}) == Shape{-1, 3});
}

TEST_CASE("layers are named after their class and counted") {
  utils::clear_session();
  CHECK(Scale().name() == "scale");
  CHECK(Scale().name() == "scale_1");
  CHECK(layers::Dense(1).name() == "dense");
  CHECK(Scale().class_name() == "Scale");
}

TEST_CASE("a layer made of layers owns their weights") {
  Block block;
  CHECK(block(ones({3, 5})).shape() == Shape{3, 2});
  std::vector<std::string> paths;
  for (const auto& variable : block.weights()) paths.push_back(variable.path.substr(variable.path.find('/')));
  CHECK(paths == std::vector<std::string>{"/first/kernel", "/first/bias", "/second/kernel", "/second/bias"});
  CHECK(block.count_params() == 5 * 4 + 4 + 4 * 2 + 2);
  const auto losses = block.losses();
  REQUIRE(losses.size() == 1);
  CHECK(losses[0].item() == Approx(0.01 * (block.weights()[0].value * block.weights()[0].value).sum().item()));
}

TEST_CASE("freezing a layer takes its weights out of training") {
  Block block;
  block(ones({1, 5}));
  block.first.set_trainable(false);
  CHECK(block.trainable_variables().size() == 2);
  CHECK(block.non_trainable_weights().size() == 2);
  CHECK_FALSE(block.weights()[0].value.requires_grad());
  CHECK(block.losses().empty());
  block.set_trainable(true);
  CHECK(block.trainable_variables().size() == 4);
}

TEST_CASE("weights are copied out and in, and checked first") {
  Block block;
  block(ones({1, 5}));
  auto values = block.get_weights();
  values[0].fill(3);
  CHECK_FALSE(array_equal(block.weights()[0].value, values[0]));
  block.set_weights(values);
  CHECK(array_equal(block.weights()[0].value, values[0]));

  values[1].fill(9);
  values[3] = zeros({7});
  CHECK_THROWS_WITH(block.set_weights(values), Contains("/second/bias has shape [2], given [7]"));
  CHECK(array_equal(block.weights()[1].value, zeros({4})));
  values.pop_back();
  CHECK_THROWS_WITH(block.set_weights(values), Contains("expected 4 tensors, given 3"));
}

TEST_CASE("errors carry the path of the layer and keep their type") {
  utils::clear_session();
  Outer outer;
  CHECK_THROWS_MATCHES(outer(ones({2, 3})), ShapeError,
                       Message("outer/inner: matmul: inner dimensions differ: a [2, 3], b [7, 7]"));
  Broken alone;
  CHECK_THROWS_MATCHES(alone(ones({2, 3})), ShapeError,
                       Message("broken: matmul: inner dimensions differ: a [2, 3], b [7, 7]"));
}

TEST_CASE("a layer used twice counts once") {
  const auto shared = std::make_shared<layers::Dense>(3);
  struct Twice : layers::Layer {
    explicit Twice(std::shared_ptr<layers::Dense> layer) {
      add_layer(layer);
      add_layer(layer);
    }
    Tensor call(const Tensor& x, bool training) override {
      return (*layers()[1])((*layers()[0])(x, training), training);
    }
  } twice(shared);
  twice(ones({1, 3}));
  CHECK(twice.weights().size() == 2);
}
