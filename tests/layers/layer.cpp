#include <functional>
#include <memory>
#include <string>
#include <xtape/error.hpp>
#include <xtape/initializers/constant.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/conv.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/depthwise_conv.hpp>
#include <xtape/layers/embedding.hpp>
#include <xtape/layers/gru.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/layers/multi_head_attention.hpp>
#include <xtape/layers/softmax.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/recurrent.hpp>
#include <xtape/utils/clear_session.hpp>

#include "catch.hpp"

using namespace xtape;
using layers::Handle;

namespace {

struct ScaleImpl : layers::LayerImpl {
  Tensor factor, steps;
  void build(const Shape& input_shape) override {
    steps = add_weight("steps", {}, "zeros", {.trainable = false});
    factor = add_weight("factor", {input_shape.back()}, initializers::Constant(2));
  }
  Tensor call(const Tensor& x) { return x * factor; }
};
using Scale = Handle<ScaleImpl>;

struct BlockImpl : layers::LayerImpl {
  layers::Dense first = track("first", layers::Dense(4, {.kernel_regularizer = "l2"}));
  layers::Dense second = track("second", layers::Dense(2));
  Tensor call(const Tensor& x) { return second(first(x)); }
};
using Block = Handle<BlockImpl>;

struct BrokenImpl : layers::LayerImpl {
  Tensor call(const Tensor& x) { return matmul(x, zeros({7, 7})); }
};
using Broken = Handle<BrokenImpl>;

struct OuterImpl : layers::LayerImpl {
  Broken inner = track("inner", Broken());
  Tensor call(const Tensor& x) { return inner(x); }
};
using Outer = Handle<OuterImpl>;

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
  block->first.set_trainable(false);
  CHECK(block.trainable_variables().size() == 2);
  CHECK(block.non_trainable_weights().size() == 2);
  CHECK_FALSE(block.weights()[0].value.requires_grad());
  CHECK(block.losses().empty());
  block.set_trainable(true);
  CHECK(block.trainable_variables().size() == 4);
}

TEST_CASE("a model that is made frozen trains nothing in it") {
  const layers::Dense inside(2);
  const Sequential frozen({inside}, {.trainable = false});
  frozen(ones({1, 5}));
  CHECK(frozen.trainable_variables().empty());
  CHECK(frozen.non_trainable_weights().size() == 2);
  CHECK_FALSE(inside.trainable());
  CHECK(Sequential({frozen}).trainable_variables().empty());
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
  values.push_back(Tensor());
  CHECK_THROWS_WITH(block.set_weights(values),
                    Contains("set_weights: the tensor for ") && Contains("/second/bias is undefined"));
  CHECK_THROWS_WITH(layers::Dense(1, {.name = "d"}).set_weights({}),
                    "d: set_weights: the layer is not built; call it or build(input_shape) first");
}

TEST_CASE("errors carry the path of the layer and keep their type") {
  utils::clear_session();
  Outer outer;
  CHECK_THROWS_MATCHES(outer(ones({2, 3})), ShapeError,
                       Message("outer/inner: matmul: inner dimensions differ: a [2, 3], b [7, 7]"));
  Broken alone;
  CHECK_THROWS_MATCHES(alone(ones({2, 3})), ShapeError,
                       Message("broken_1: matmul: inner dimensions differ: a [2, 3], b [7, 7]"));
  try {
    outer(ones({2, 3}));
  } catch (const Error& error) {
    CHECK(error.path() == "outer/inner");
    CHECK(error.message() == "matmul: inner dimensions differ: a [2, 3], b [7, 7]");
  }
}

TEST_CASE("errors of one's own keep their type on their way through layers") {
  struct Cold : ValueError {
    using ValueError::ValueError;
    int degrees = -3;
  };
  struct OutdoorsImpl : layers::LayerImpl {
    Tensor call(const Tensor&) { throw Cold("it is cold"); }
  };
  using Outdoors = Handle<OutdoorsImpl>;
  struct CoatImpl : layers::LayerImpl {
    // An error that is caught and told in other words has the path of the words' own place.
    Outdoors inside = track("inside", Outdoors());
    Tensor call(const Tensor& x) {
      try {
        return inside(x);
      } catch (const Cold& cold) {
        if (x.rank() == 2) throw;
        throw Cold(std::string(cold.what()) + ", and wet");
      }
    }
  };
  using Coat = Handle<CoatImpl>;
  utils::clear_session();
  Coat coat;
  CHECK_THROWS_MATCHES(coat(ones({2, 3})), Cold, Message("coat/inside: it is cold"));
  CHECK_THROWS_MATCHES(coat(ones({3})), Cold, Message("coat: inside: it is cold, and wet"));
}

TEST_CASE("layers of several inputs give their errors the path too") {
  utils::clear_session();
  CHECK_THROWS_MATCHES(layers::Add()({ones({1, 2}), ones({1, 3})}), ShapeError,
                       Message("add: shapes do not broadcast: [1, 2], [1, 3]"));
  layers::LSTM lstm(2);
  CHECK_THROWS_WITH(lstm(ones({1, 2, 3}), {.initial_state = {ones({5, 5}), ones({1, 2})}}),
                    Contains("lstm: expected initial_state 0 of shape [1, 2], given [5, 5]"));
}

TEST_CASE("a weight has its elements to itself, whatever its initializer returns") {
  const Tensor kept = arange(8).astype(float32);
  const auto transposed = [&](const Shape&, DType) { return kept.reshape({2, 4}).transpose(); };
  const auto spread = [&](const Shape& shape, DType) { return kept.slice(0, {0, shape[0]}).broadcast_to(shape); };
  layers::Dense first(2, {.kernel_initializer = transposed, .bias_initializer = spread}),
      second(2, {.kernel_initializer = transposed, .bias_initializer = spread});
  const Tensor before = kept.clone(), x = ones({3, 4});
  const Sequential model({layers::InputLayer({4}), first});
  for (const Tensor& weight : {first.weights()[0].value, first.weights()[1].value}) CHECK(weight.is_contiguous());
  second.build({-1, 4});
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(x, ones({3, 2}), {.verbose = 0});
  CHECK(array_equal(kept, before));
  CHECK(array_equal(second.weights()[0].value, transposed({4, 2}, float32)));
}

TEST_CASE("an initializer that keeps its tensor, or a view or the memory of it, keeps it as it is") {
  const Tensor kept = arange(8).astype(float32).reshape({4, 2});
  std::vector<float> memory(8, 1.0F);
  const auto whole = [&](const Shape&, DType) { return kept; };
  const auto view = [&](const Shape& shape, DType) { return kept.reshape({2, 4}).reshape(shape); };
  const auto borrowed = [&](const Shape& shape, DType) { return borrow_data(memory.data(), shape); };
  for (const initializers::Initializer& initializer : std::vector<initializers::Initializer>{whole, view, borrowed}) {
    const Tensor before = initializer({4, 2}).clone();
    const layers::Dense first(2, {.kernel_initializer = initializer}), second(2, {.kernel_initializer = initializer});
    first.build({-1, 4});
    second.build({-1, 4});
    first.set_weights({zeros({4, 2}), zeros({2})});
    CHECK_FALSE(initializer({4, 2}).requires_grad());
    CHECK(array_equal(initializer({4, 2}), before));
    CHECK(array_equal(second.weights()[0].value, before));
  }
}

TEST_CASE("a layer without an initializer, or with two parts of one name, is refused") {
  const auto refused = [](const layers::Layer& layer, const Shape& shape, const std::string& weight,
                          const std::string& part = "") {
    CHECK_THROWS_WITH(layer(ones(shape)), layer.name() + part + ": the initializer of " + weight + " must not be null");
    CHECK_FALSE(layer.built());
  };
  refused(layers::Dense(3, {.kernel_initializer = nullptr}), {1, 2}, "kernel");
  refused(layers::Dense(3, {.bias_initializer = nullptr}), {1, 2}, "bias");
  refused(layers::Dense(3, {.bias_initializer = static_cast<const char*>(nullptr)}), {1, 2}, "bias");
  refused(layers::Dense(3, {.bias_initializer = std::shared_ptr<initializers::InitializerImpl>()}), {1, 2}, "bias");
  refused(layers::Conv2D(3, 2, {.kernel_initializer = nullptr}), {1, 4, 4, 1}, "kernel");
  refused(layers::Embedding(3, 2, {.embeddings_initializer = nullptr}), {1, 2}, "embeddings");
  refused(layers::BatchNormalization({.moving_mean_initializer = nullptr}), {1, 2}, "moving_mean");
  refused(layers::LSTM(3, {.recurrent_initializer = nullptr}), {1, 2, 2}, "recurrent_kernel", "/lstm_cell");
  refused(layers::LSTM(3, {.bias_initializer = nullptr}), {1, 2, 2}, "bias", "/lstm_cell");
  refused(layers::GRU(3, {.bias_initializer = nullptr}), {1, 2, 2}, "bias", "/gru_cell");
  // No regularizer is none, no activation linear.
  layers::Dense plain(3, {.activation = nullptr, .kernel_regularizer = nullptr});
  CHECK(plain(ones({1, 2})).shape() == Shape{1, 3});
  CHECK_THROWS_MATCHES(layers::Dense(3, {.activation = std::function<Tensor(const Tensor&)>()}), ValueError,
                       Message("activation: the function is empty"));
  CHECK_THROWS_AS(layers::Dense(3, {.activation = static_cast<Tensor (*)(const Tensor&)>(nullptr)}), ValueError);

  struct TwinsImpl : layers::LayerImpl {
    layers::Dense one = track("twin", layers::Dense(1));
    layers::Dense two = track("twin", layers::Dense(1));
    Tensor call(const Tensor& x) { return x; }
  };
  CHECK_THROWS_WITH(Handle<TwinsImpl>(), Contains("there is a layer \"twin\" already, a Dense"));
}

TEST_CASE("a softmax over a single unit is refused") {
  CHECK_THROWS_MATCHES(layers::Dense(1, {.activation = "softmax"}), ValueError,
                       Message("Dense: the softmax of a single unit is a constant; use sigmoid, or as many units as "
                               "there are classes"));
  CHECK_THROWS_AS(layers::Conv2D(1, 3, {.activation = "log_softmax"}), ValueError);
  for (const char* name : {"softmax", "log_softmax"}) {
    CHECK_THROWS_MATCHES(
        layers::Activation(name, {.name = "last"})(ones({4, 1})), ValueError,
        Message("last: Activation: the " + std::string(name) +
                " of a single unit is a constant; use sigmoid, or as many units before it as there are "
                "classes"));
  }
  CHECK_THROWS_AS(layers::Softmax()(ones({4, 1})), ValueError);
  CHECK_THROWS_AS(layers::Softmax({.axis = 1})(ones({4, 1})), ValueError);
  CHECK_THROWS_AS(layers::DepthwiseConv2D(1, {.activation = "softmax"})(ones({1, 2, 2, 1})), ValueError);
  // A sequence may have one step.
  CHECK(layers::Softmax()(ones({4, 2, 1})).to_vector<double>() == std::vector<double>(8, 1));
}

TEST_CASE("a layer used twice counts once") {
  struct TwiceImpl : layers::LayerImpl {
    layers::Dense one, other;
    explicit TwiceImpl(const layers::Dense& layer) : one(layer), other(layer) {}
    Tensor call(const Tensor& x) { return one(x) + other(x); }
  };
  const layers::Dense shared(3);
  const Handle<TwiceImpl> twice(shared);
  twice(ones({1, 3}));
  CHECK(twice.layers().size() == 1);
  CHECK(twice.weights().size() == 2);
  CHECK(twice.layers()[0] == shared);
}

namespace {

struct NothingImpl : layers::LayerImpl {
  Tensor call(const Tensor&) { return {}; }
};
using Nothing = Handle<NothingImpl>;

struct Returns : initializers::InitializerImpl, regularizers::RegularizerImpl {
  explicit Returns(Tensor value) : result(std::move(value)) {}
  Tensor operator()(const Shape&, DType) const override { return result; }
  Tensor operator()(const Tensor&) const override { return result; }
  Tensor result;
};

}  // namespace

TEST_CASE("what is undefined is refused where it comes from") {
  Nothing nothing;
  CHECK_THROWS_MATCHES(nothing(ones({1, 2})), ValueError, Message("nothing: call returned an undefined tensor"));
  CHECK_THROWS_AS(Nothing().compute_output_shape({1, 2}), ValueError);
  layers::Dense dense(3, {.name = "d"});
  CHECK_THROWS_MATCHES(dense(Tensor()), ValueError, Message("d: the input is undefined"));
  CHECK_FALSE(dense.built());
  layers::LSTM lstm(3, {.name = "l"});
  CHECK_THROWS_WITH(lstm.with_state(Tensor()), "l: the input is undefined");
  layers::GRU gru(3, {.name = "g"});
  CHECK_THROWS_WITH(gru.with_state(Tensor()), "g: the input is undefined");
  layers::MultiHeadAttention attention(1, 2, {.name = "a"});
  CHECK_THROWS_WITH(attention(Tensor(), ones({1, 2, 3})), "a: an input is undefined");
  CHECK_THROWS_WITH(attention(ones({1, 2, 3}), Tensor()), "a: an input is undefined");
  layers::Dense active(3, {.activation = [](const Tensor&) { return Tensor(); }, .name = "d"});
  CHECK_THROWS_MATCHES(active(ones({1, 2})), ValueError,
                       Message("d: activation: the function returned an undefined tensor"));
  layers::Dense empty(3, {.kernel_initializer = Returns({}), .name = "d"});
  CHECK_THROWS_MATCHES(empty(ones({1, 2})), ValueError,
                       Message("d: the initializer of kernel returned an undefined tensor"));
  layers::Dense penalized(3, {.kernel_regularizer = Returns({}), .name = "d"});
  penalized(ones({1, 2}));
  CHECK_THROWS_MATCHES(penalized.losses(), ValueError,
                       Message("the regularizer of d/kernel returned an undefined tensor"));
}

TEST_CASE("activations keep the shape, initializers make it, and penalties are numbers") {
  const auto total = [](const Tensor& x) { return x.sum(); };
  layers::Dense dense(3, {.activation = total, .name = "d"});
  CHECK_THROWS_MATCHES(dense(ones({2, 4})), ShapeError,
                       Message("d: activation: the function must keep the shape of its argument: given [2, 3], "
                               "returned []"));
  for (const bool gate : {true, false}) {
    activations::Activation usual, own = total;
    layers::LSTM lstm(3, {.activation = gate ? usual : own, .recurrent_activation = gate ? own : usual, .name = "r"});
    CHECK_THROWS_MATCHES(lstm(ones({2, 5, 4})), ShapeError,
                         Message("r: activation: the function must keep the shape of its argument: given [2, 3], "
                                 "returned []"));
    layers::GRU gru(3, {.activation = gate ? usual : own, .recurrent_activation = gate ? own : usual, .name = "r"});
    CHECK_THROWS_AS(gru(ones({2, 5, 4})), ShapeError);
  }
  const Tensor x = ones({2, 5, 4}), kernel = ones({4, 12}), recurrent_kernel = ones({3, 12});
  CHECK_THROWS_MATCHES(lstm(x, kernel, recurrent_kernel, {}, {}, {}, {.activation = total}), ShapeError,
                       Message("lstm: the function must keep the shape of its argument: given [2, 3], returned []"));
  CHECK_THROWS_AS(gru(x, ones({4, 9}), ones({3, 9}), {}, {}, {.recurrent_activation = total}), ShapeError);

  layers::Dense wide(3, {.kernel_initializer = Returns(ones({3, 4})), .name = "d"});
  CHECK_THROWS_MATCHES(wide(ones({1, 2})), ShapeError,
                       Message("d: the initializer of kernel returned float32 [3, 4], expected float32 [2, 3]"));
  CHECK_FALSE(wide.built());
  layers::Dense precise(3, {.kernel_initializer = Returns(ones({2, 3}, float64)), .name = "d"});
  CHECK_THROWS_AS(precise(ones({1, 2})), ShapeError);
  layers::Dense penalized(3, {.kernel_regularizer = Returns(ones({2})), .name = "d"});
  penalized(ones({1, 2}));
  CHECK_THROWS_MATCHES(penalized.losses(), ShapeError,
                       Message("the regularizer of d/kernel returned a tensor of shape [2], expected one number"));
}

namespace {

struct PickyImpl : layers::LayerImpl {
  Tensor factor;
  PickyImpl() { factor = add_weight("factor", {2}, "ones"); }
  void build(const Shape& input_shape) override {
    add_weight("other", {1});
    if (input_shape.back() != 2) throw ShapeError("needs 2");
  }
  Tensor call(const Tensor& x) { return x * factor; }
};

}  // namespace

TEST_CASE("a build that fails leaves what the constructor made") {
  const Handle<PickyImpl> picky;
  CHECK_THROWS_AS(picky(ones({1, 3})), ShapeError);
  CHECK(array_equal(picky(ones({1, 2})), ones({1, 2})));
  CHECK(picky.weights().size() == 2);
}

TEST_CASE("set_weights takes the weights themselves in another order") {
  const layers::Dense a(1, {.use_bias = false}), b(1, {.use_bias = false});
  const Sequential model{layers::InputLayer({1}), a, b};
  model.set_weights({full({1, 1}, 1.0f), full({1, 1}, 2.0f)});
  const std::vector<Tensor> weights = model.trainable_variables();
  model.set_weights({weights[1], weights[0]});
  CHECK(model.get_weights()[0].item() == 2);
  CHECK(model.get_weights()[1].item() == 1);
}

TEST_CASE("weights that a constructor makes are set before the layer is built") {
  struct LinearImpl : layers::LayerImpl {
    Tensor w = add_weight("w", {2, 1}, "zeros"), b = add_weight("b", {1}, "zeros");
    Tensor call(const Tensor& x) { return matmul(x, w) + b; }
  };
  const Handle<LinearImpl> layer;
  layer.set_weights({ones({2, 1}), ones({1})});
  CHECK(layer(ones({1, 2})).item() == 3);
  CHECK_THROWS_WITH(Handle<LinearImpl>().set_weights({ones({2, 1})}), Contains("the layer is not built"));
}
