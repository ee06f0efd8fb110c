#include <string>
#include <xtape/error.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/conv.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/pooling.hpp>
#include <xtape/models/clone_model.hpp>
#include <xtape/models/model_from_json.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/random.hpp>
#include <xtape/utils/clear_session.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

// Says how often it was asked for its output's shape.
struct AskedForShapeImpl : layers::LayerImpl {
  int asked = 0;
  Tensor call(const Tensor& x) { return x; }
  Shape compute_output_shape(const Shape& input_shape) override {
    ++asked;
    return input_shape;
  }
};

struct FiveImpl : layers::LayerImpl {
  Tensor call(const Tensor& x) { return matmul(x, ones({5, 2})); }
};

}  // namespace

TEST_CASE("Sequential builds as layers are added when it knows its input") {
  utils::clear_session();
  Sequential model;
  model.add(layers::Dense(4, {.activation = "relu", .input_shape = {3}}));
  CHECK(model.built());
  model.add(layers::Dropout(0.5));
  model.add(layers::Dense(2));
  CHECK(model.count_params() == 3 * 4 + 4 + 4 * 2 + 2);
  CHECK(model.compute_output_shape({-1, 3}) == Shape{-1, 2});
  CHECK(model.weights()[2].path == "sequential/dense_1/kernel");
  model.pop();
  CHECK(model(ones({5, 3})).shape() == Shape{5, 4});

  const Sequential by_input{layers::InputLayer({8, 8, 1}), layers::Conv2D(2, 3), layers::Flatten()};
  CHECK(by_input.layers().size() == 2);
  CHECK(by_input.count_params() == 20);
}

TEST_CASE("Sequential builds after a model that knows its input") {
  const Sequential features{layers::InputLayer({4}), layers::Dense(3)};
  const Sequential model{features, layers::Dense(2)};
  CHECK(model.built());
  CHECK(model.count_params() == 15 + 8);
  const Symbol x = Input({4});
  CHECK(Sequential{Model(x, layers::Dense(3)(x)), layers::Dense(2)}.built());
  CHECK_FALSE(Sequential{Sequential{layers::Dense(3)}, layers::Dense(2)}.built());
}

TEST_CASE("Sequential builds on its first batch else") {
  Sequential model({layers::Flatten(), layers::Dense(2)}, {.name = "late"});
  CHECK_FALSE(model.built());
  CHECK(model.name() == "late");
  CHECK(model(ones({3, 4, 5})).shape() == Shape{3, 2});
  CHECK(model.count_params() == 42);
}

TEST_CASE("Sequential holds shared layers and models") {
  const layers::Dense shared(3);
  Sequential model{shared, Sequential{shared, layers::Dense(2)}};
  CHECK(model(ones({1, 3})).shape() == Shape{1, 2});
  CHECK(model.weights().size() == 4);
}

TEST_CASE("Sequential refuses layers and inputs that do not fit") {
  utils::clear_session();
  Sequential model{layers::Dense(4, {.input_shape = {3}})};
  CHECK_THROWS_MATCHES(
      model.add(layers::MaxPooling2D()), ShapeError,
      Message("sequential/max_pooling2d: expected rank 4 (batch, height, width, channels), got [-1, 4]"));
  CHECK(model.layers().size() == 1);
  CHECK_THROWS_AS(model.add(layers::InputLayer({3})), ValueError);
  CHECK_THROWS_MATCHES(model(ones({2, 5, 3})), ShapeError,
                       Message("sequential: built for inputs of 2 dimensions [-1, 3], given [2, 5, 3]"));
  CHECK_THROWS_MATCHES(model(ones({2, 5})), ShapeError,
                       Message("sequential/dense: built for inputs whose last length is 3 [-1, 3], given [2, 5]"));
  CHECK_THROWS_AS(Sequential().pop(), ValueError);
  CHECK_THROWS_WITH(Sequential()(ones({2, 3})), Contains("called without layers; add some first"));
}

TEST_CASE("Errors of later layers show the lengths of the user's batch") {
  utils::clear_session();
  const auto check = [](const Sequential& model, const Tensor& x, const std::string& expected) {
    CHECK_THROWS_MATCHES(model(x), ShapeError, Message(expected));
  };
  const Tensor x = ones({2, 7, 5});
  check({layers::Dense(3), layers::Conv2D(4, 3)}, x,
        "sequential/conv2d: expected rank 4 (batch, height, width, channels), got [2, 7, 3]");
  check({layers::Dense(3), layers::Handle<FiveImpl>()}, x,
        "sequential_1/five: matmul: inner dimensions differ: a [2, 7, 3], b [5, 2]");
  check({layers::Flatten(), Sequential{layers::Dense(3), layers::Handle<FiveImpl>()}}, x,
        "sequential_3/sequential_2/five_1: matmul: inner dimensions differ: a [2, 3], b [5, 2]");
}

TEST_CASE("Sequential asks a layer for its output's shape once") {
  const layers::Handle<AskedForShapeImpl> known, added;
  const Sequential model({layers::InputLayer({3}), known, layers::Dense(2)});
  CHECK(known->asked == 1);
  const Sequential later({added, layers::Dense(2)});
  later.build({-1, 3});
  CHECK(added->asked == 1);
}

TEST_CASE("Sequential computes neighbours in one pass without a difference") {
  const layers::Conv2D conv(4, 3, {.activation = "relu"});
  const layers::MaxPooling2D pool;
  const Sequential model{conv, pool};
  const Tensor x = randn({3, 8, 9, 2});
  CHECK(allclose(model(x), pool(conv(x)), 1e-5, 1e-6));
  CHECK(conv.impl().fuses(pool.impl()));
  const layers::Conv2D swish(4, 3, {.activation = "silu"});
  CHECK_FALSE(swish.impl().fuses(pool.impl()));
  CHECK_THROWS_AS(pool.impl().apply_fused(conv.impl(), x), ValueError);
  utils::clear_session();
  CHECK_THROWS_MATCHES(model(randn({3, 8, 9, 5})), ShapeError,
                       Message(model.name() + "/" + conv.name() +
                               ": built for inputs whose last length is 2 [-1, 8, 9, 2], given [3, 8, 9, 5]"));
}

TEST_CASE("predict works batch by batch and does not record") {
  Sequential model{layers::Dense(4, {.input_shape = {3}}), layers::Dropout(0.5)};
  const Tensor x = randn({10, 3});
  const Tensor y = model.predict(x, {.batch_size = 4, .verbose = 0});
  CHECK(y.shape() == Shape{10, 4});
  CHECK_FALSE(y.requires_grad());
  CHECK(allclose(y, model(x), 1e-5, 1e-6));
  CHECK(allclose(model.predict(x, {.verbose = 0}), y, 1e-5, 1e-6));
  CHECK_THROWS_AS(model.predict(x, {.batch_size = 0}), ValueError);
  CHECK_THROWS_AS(model.predict(zeros({0, 3})), ValueError);
}

TEST_CASE("Symbols of a Sequential stay while layers are added and removed") {
  const Sequential model({layers::Dense(3, {.input_shape = {2}, .name = "one"})}, {.name = "m"});
  const Symbol input = model.inputs()[0], one = model.get_layer("one").output();
  model.add(layers::Dense(4, {.name = "two"}));
  CHECK(model.inputs()[0].is(input));
  CHECK(model.get_layer("one").output().is(one));
  CHECK(model.outputs()[0].shape() == Shape{-1, 4});
  model.pop();
  CHECK(model.outputs()[0].is(one));
}

TEST_CASE("A layer that is in a Sequential twice is one layer in its copies") {
  const layers::Dense twice(3, {.name = "twice"});
  const Sequential model({layers::InputLayer({3}), twice, layers::Dropout(0.5), twice}, {.name = "m"});
  CHECK(model.weights().size() == 2);
  for (const Model& copy : {models::clone_model(model), models::model_from_json(model.to_json())}) {
    CHECK(copy.layers().size() == 3);
    CHECK(copy.weights().size() == 2);
    copy.set_weights(model.get_weights());
    const Tensor x = randn({4, 3});
    CHECK(array_equal(copy(x), model(x)));
  }
}

TEST_CASE("The layers of a Sequential that is built have outputs") {
  const Sequential model;
  model.add(layers::InputLayer({4}));
  model.add(layers::Dense(3));
  for (const int64_t units : {2, 5}) {
    model.add(layers::Dense(units));
    std::vector<Symbol> outputs;
    for (const layers::Layer& layer : model.layers()) outputs.push_back(layer.output());
    CHECK(outputs.back().shape() == Shape{-1, units});
    CHECK(array_equal(Model(model.inputs(), outputs).predict_all(ones({1, 4}), {.verbose = 0}).back(),
                      model.predict(ones({1, 4}), {.verbose = 0})));
  }
}

TEST_CASE("A Sequential that is built for what no Input can be lists its layers all the same") {
  struct TwiceImpl : layers::LayerImpl {
    Tensor call(const Tensor& x) { return 2 * x; }
  };
  for (const Tensor& x : {full({}, 3), zeros({2, 0})}) {
    const Sequential model{layers::Handle<TwiceImpl>()};
    CHECK(array_equal(model(x), 2 * x));
    CHECK(model.layers().size() == 1);
    CHECK_THROWS_WITH(model.inputs(), Contains("no Input has the shape that the model is built for"));
  }
}
