#include <sstream>
#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

struct SplitImpl : layers::LayerImpl {
  explicit SplitImpl(const std::string& name = {}) : LayerImpl({.name = name}) {}
  std::array<Tensor, 2> call(const Tensor& x) { return {x * 2, sum(x, -1)}; }
};
using Split = Handle<SplitImpl>;

// A functional model inside one of one's own.
struct OuterImpl : ModelImpl {
  Model inner;
  layers::Dense head{1};
  explicit OuterImpl(const Model& model) : inner(model) {}
  Tensor call(const Tensor& x) { return head(inner(x)); }
};

}  // namespace

TEST_CASE("A functional model computes what its layers compute") {
  const layers::Dense first(4, {.activation = "relu"}), second(3);
  const Symbol x = Input({5});
  CHECK(x.shape() == Shape{-1, 5});
  const Symbol y = second(first(x));
  CHECK(y.shape() == Shape{-1, 3});
  const Model model(x, y);
  const Tensor data = randn({7, 5});
  CHECK(array_equal(model(data), second(first(data))));
  CHECK(model.class_name() == "Functional");
  CHECK(model.count_params() == 5 * 4 + 4 + 4 * 3 + 3);
  CHECK(model.layers().size() == 3);
  CHECK_THROWS_WITH(model(ones({7, 6})), Contains("has the shape [-1, 5], given [7, 6]"));
}

TEST_CASE("Several inputs and outputs, by number") {
  const Symbol a = Input({4}, {.name = "a"}), b = Input({2}, {.name = "b"});
  const layers::Dense price(1, {.name = "price"}), kind(3, {.name = "kind"});
  const Symbol joined = concatenate({a, b});
  CHECK(joined.shape() == Shape{-1, 6});
  const Model model({a, b}, {price(joined), kind(joined)});
  const Tensor left = randn({2, 4}), right = randn({2, 2});
  const auto [p, k] = model.call<2>({left, right});
  const Tensor both = concatenate({left, right}, -1);
  CHECK(array_equal(p, price(both)));
  CHECK(array_equal(k, kind(both)));
  CHECK_THROWS_WITH(model({left, right}), Contains("returns 2 tensors"));
  CHECK_THROWS_WITH(model.call_all({left}), Contains("expected 2 tensors (a, b), given 1"));
  CHECK_THROWS_WITH(model.call_all({right, left}), Contains("the input \"a\" has the shape [-1, 4], given [2, 2]"));
}

TEST_CASE("Arithmetic on symbols becomes layers") {
  const Symbol a = Input({3}), b = Input({3});
  const Model model({a, b}, 2.0 * abs(a - b) + relu(1 - a) / 4 + pow(b, 2) + sum(a * b, -1, true));
  const Tensor x = randn({4, 3}), y = randn({4, 3});
  const Tensor expected = 2 * abs(x - y) + relu(1 - x) / 4 + pow(y, 2) + sum(x * y, -1, true);
  CHECK(allclose(model({x, y}), expected));
}

TEST_CASE("Shared layers have one set of weights; their outputs are told apart by call") {
  const layers::Dense shared(2, {.name = "shared"});
  const Symbol a = Input({3}), b = Input({3});
  const Symbol left = shared(a), right = shared(b);
  const Model model({a, b}, left - right);
  CHECK(model.weights().size() == 2);
  const Tensor x = randn({2, 3});
  CHECK(array_equal(model({x, x}), zeros({2, 2})));
  CHECK(shared.output(1).is(right));
  CHECK(shared.output().is(shared.output(0)));
  CHECK_THROWS_WITH(layers::Dense(1).output(), Contains("called on symbols 0 times"));
}

TEST_CASE("A layer of several outputs is called as with tensors") {
  const Symbol x = Input({3});
  const auto [twice, total] = Split()(x);
  CHECK(twice.shape() == Shape{-1, 3});
  CHECK(total.shape() == Shape{-1});
  const Model model(x, {total, twice});
  const auto [t, d] = model.call<2>({ones({2, 3})});
  CHECK(array_equal(t, full({2}, 3)));
  CHECK(array_equal(d, full({2, 3}, 2)));
}

TEST_CASE("Inputs that lead to no output are read from Keras's configurations, and kept where Keras has them") {
  const auto layer = [](const std::string& name, int width) {
    return R"({"class_name": "InputLayer", "config": {"batch_shape": [null, )" + std::to_string(width) +
           R"(], "dtype": "float32", "name": ")" + name + R"("}, "name": ")" + name + R"(", "inbound_nodes": []})";
  };
  const std::string json = R"({"class_name": "Functional", "config": {"name": "m", "trainable": true, "layers": [)" +
                           layer("b", 3) + ", " + layer("a", 2) + ", " + layer("c", 4) + R"(,
      {"class_name": "Dense", "config": {"name": "d", "units": 1, "kernel_initializer": "ones"}, "name": "d",
       "inbound_nodes": [{"args": [{"class_name": "__keras_tensor__",
         "config": {"shape": [null, 3], "dtype": "float32", "keras_history": ["b", 0, 0]}}], "kwargs": {}}]}],
      "input_layers": [["a", 0, 0], ["b", 0, 0], ["c", 0, 0]], "output_layers": ["d", 0, 0]}})";
  const Model model = models::model_from_json(json);
  const std::vector<Tensor> x{ones({5, 2}), arange(15).reshape({5, 3}).astype(float32), ones({5, 4})};
  const std::vector<float> sums{3, 12, 21, 30, 39};
  const auto names = [](const Model& of) {
    std::vector<std::string> result;
    for (const layers::Layer& each : of.layers()) result.push_back(each.name());
    return result;
  };
  for (const Model& each : {model, models::clone_model(model), models::model_from_json(model.to_json())}) {
    CHECK(names(each) == std::vector<std::string>{"b", "a", "c", "d"});
    CHECK(each.input_names() == std::vector<std::string>{"a", "b", "c"});
    CHECK(each.predict(x, {.verbose = 0}).to_vector<float>() == sums);
  }
  // By name, which Keras has in the order of names.
  const auto by_name = [&] {
    std::string text = json;
    const std::string list = R"([["a", 0, 0], ["b", 0, 0], ["c", 0, 0]])";
    return text.replace(text.find(list), list.size(), R"({"c": ["c", 0, 0], "b": ["b", 0, 0], "a": ["a", 0, 0]})");
  };
  CHECK(names(models::model_from_json(by_name())) == std::vector<std::string>{"b", "a", "c", "d"});
  // Within another one.
  const Symbol a = Input({2}), b = Input({3}), c = Input({4});
  const Model outer({a, b, c}, model({a, b, c}) * 2);
  CHECK(array_equal(outer.predict(x, {.verbose = 0}), model.predict(x, {.verbose = 0}) * 2));
  CHECK(names(models::clone_model(outer)) == names(outer));
}

TEST_CASE("The graph is checked and what is wrong is named") {
  const Symbol a = Input({3}, {.name = "a"}), b = Input({3}, {.name = "b"});
  const Symbol joined = layers::Add({.name = "joined"})({a, b});
  CHECK_THROWS_WITH(Model(a, joined), Contains("\"joined\" needs the input \"b\", which is not among the inputs"));
  CHECK_THROWS_WITH(Model({a, b}, a * 2), Contains("the input \"b\" leads to no output"));
  CHECK_THROWS_WITH(Model({a, a}, a * 2), Contains("the input \"a\" is given twice"));
  CHECK_THROWS_WITH(Model(joined, joined * a), Contains("needs the input \"a\", which is not among the inputs"));
  CHECK_THROWS_WITH(Model({joined, a}, a * 2), Contains("the input \"joined\" leads to no output"));
  const Symbol number = mean(a, {});
  CHECK_THROWS_WITH(Model(number, number * 2), Contains("is one number; inputs are batches"));
  const Symbol twins = layers::Dense(2, {.name = "twin"})(layers::Dense(2, {.name = "twin"})(a));
  CHECK_THROWS_WITH(Model(a, twins), Contains("there is a layer \"twin\" already"));
  CHECK_THROWS_AS(Model(Symbol(), a), ValueError);
  CHECK_THROWS_WITH(layers::Conv2D(4, 3, {.name = "conv"})(a), Contains("conv: ") && Contains("[-1, 3]"));
}

TEST_CASE("Features of inner layers, of functional and sequential models") {
  const Symbol x = Input({3});
  const layers::Dense hidden(4, {.activation = "tanh", .name = "hidden"});
  const Model model(x, layers::Dense(1)(hidden(x)));
  const Model features(model.inputs(), model.get_layer("hidden").output());
  const Tensor data = randn({2, 3});
  CHECK(array_equal(features(data), hidden(data)));
  CHECK_THROWS_WITH(model.get_layer("hiden"), Contains("\"hidden\""));
  CHECK(model.get_layer(-2) == hidden);
  CHECK_THROWS_AS(model.get_layer(3), IndexError);

  const Sequential sequential{layers::InputLayer({3}), layers::Dense(4, {.name = "one"}), layers::Dense(2)};
  const Model inner(sequential.inputs(), sequential.get_layer("one").output());
  CHECK(array_equal(inner(data), sequential.get_layer("one")(data)));
  CHECK(sequential.output().shape() == Shape{-1, 2});
}

TEST_CASE("A model may begin behind a layer of another one") {
  const Symbol x = Input({3}, {.name = "x"});
  const layers::Dense first(4, {.activation = "tanh", .name = "first"}), second(2, {.name = "second"});
  const Split split("split");
  const Symbol hidden = first(x);
  const auto [doubled, total] = split(hidden);
  const Symbol y = second(doubled) + expand_dims(total, 1);
  const Model whole(x, y, {.name = "whole"});
  const Tensor data = randn({5, 3});

  const Model head(hidden, y, {.name = "head"});
  CHECK(array_equal(head(first(data)), whole(data)));
  CHECK(head.input_names() == std::vector<std::string>{"firstCLONE"});
  CHECK(head.input().shape() == Shape{-1, 4});
  CHECK(head.weights().size() == 2);
  const auto names = [](const Model& model) {
    std::vector<std::string> result;
    for (const layers::Layer& layer : model.layers()) result.push_back(layer.name());
    return result;
  };
  CHECK(names(head).front() == "firstCLONE");
  // The weights are those of the whole model.
  head.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor before = whole(data);
  head.fit(first(data), zeros({5, 2}), {.verbose = 0});
  CHECK_FALSE(array_equal(whole(data), before));
  CHECK(array_equal(head(first(data)), whole(data)));
  // What the layers took and gave is told as before.
  CHECK(second.output().is(whole.get_layer("second").output(0)));
  CHECK(Symbol(whole.output()).is(y));

  // Several outputs of one layer, and an input of the other model beside one of its own.
  const Model tail({doubled, total}, y);
  const auto [d, t] = split(first(data));
  CHECK(array_equal(tail({d, t}), whole(data)));
  CHECK(tail.input_names() == std::vector<std::string>{"splitCLONE", "splitCLONE_1"});
  const Symbol both = layers::Concatenate()({hidden, x});
  CHECK(array_equal(Model({hidden, x}, both)({first(data), data}), Model(x, both)(data)));

  const Model small(hidden, second(hidden), {.name = "small"});
  for (const Model& copy : {models::model_from_json(small.to_json()), models::clone_model(small)}) {
    copy.set_weights(small.get_weights());
    CHECK(array_equal(copy(first(data)), second(first(data))));
    CHECK(copy.to_json() == small.to_json());
  }

  const Sequential sequential{layers::InputLayer({3}), layers::Dense(4, {.name = "one"}), layers::Dense(2)};
  const Model end(sequential.get_layer("one").output(), sequential.output());
  CHECK(array_equal(end(sequential.get_layer("one")(data)), sequential(data)));
}

TEST_CASE("Models in models") {
  const Symbol x = Input({3});
  const Model inner(x, layers::Dense(4)(x), {.name = "inner"});
  const Sequential tail({layers::Dense(2)}, {.name = "tail"});
  const Symbol y = Input({3});
  const Model outer(y, tail(inner(y, {.training = false})));
  const Tensor data = randn({2, 3});
  CHECK(array_equal(outer(data), tail(inner(data))));
  CHECK(outer.weights().size() == 4);

  const Handle<OuterImpl> own(inner);
  CHECK(own(data).shape() == Shape{2, 1});
  CHECK(own.weights().size() == 4);
  const Sequential around({inner, layers::Dense(1)});
  CHECK(around(data).shape() == Shape{2, 1});
}

TEST_CASE("A functional model trains as the Sequential model of the same layers") {
  const layers::Dense one(8, {.activation = "relu"}), two(1);
  const Symbol x = Input({3});
  const Model model(x, two(one(x)));
  const Sequential twin = layers::clone(Sequential({layers::InputLayer({3}), one, two}));
  twin.set_weights(model.get_weights());
  const Tensor data = randn({32, 3}), target = sum(data, 1, true);
  for (const Model& each : std::vector<Model>{model, twin}) {
    each.compile({.optimizer = "sgd", .loss = "mse"});
    each.fit(data, target, {.epochs = 2, .verbose = 0, .shuffle = false});
  }
  const auto first = model.get_weights(), second = twin.get_weights();
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(array_equal(first[i], second[i]));
}

TEST_CASE("A functional model is written and read in Keras's form") {
  const Symbol a = Input({4}, {.name = "a"}), b = Input({4}, {.name = "b"});
  const layers::Dense shared(4, {.activation = "relu", .name = "shared"});
  const layers::Dropout drop(0.5, {.name = "drop"});
  const Symbol sum = layers::Add({.name = "sum"})({shared(a), shared(b)});
  const Model model({a, b}, {layers::Dense(2, {.name = "head"})(drop(sum, {.training = false})), 2.0 * sum},
                    {.name = "siamese"});
  const Config config = layers::serialize(model);
  CHECK(config.at("module") == Config("keras.src.models.functional"));
  CHECK(config.at("registered_name") == Config("Functional"));
  CHECK(config.at("config").at("input_layers").str() == R"([["a",0,0],["b",0,0]])");
  CHECK(config.str().find(R"("keras_history":["shared",1,0])") != std::string::npos);

  const layers::Layer copy = layers::deserialize(parse_json(to_json(config)));
  copy.set_weights(model.get_weights());
  const Tensor x = randn({2, 4}), y = randn({2, 4});
  const auto expected = model.call_all({x, y}), given = copy.call_all({x, y});
  REQUIRE(given.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) CHECK(array_equal(given[i], expected[i]));
  CHECK(layers::serialize(copy) == config);
}

TEST_CASE("A summary shows what each layer takes, where one does not follow the other") {
  const Symbol a = Input({4}, {.name = "a"}), b = Input({4}, {.name = "b"});
  const layers::Dense shared(2, {.name = "shared"});
  const Model model({a, b}, layers::Add({.name = "sum"})({shared(a), shared(b)}));
  std::ostringstream text;
  model.summary(text);
  CHECK_THAT(text.str(), Contains("Connected to") && Contains("a[0][0], b[0][0]"));
  CHECK_THAT(text.str(), Contains("shared[0][0]") && Contains("shared[1][0]"));
  std::ostringstream chain;
  Model(a, shared(a)).summary(chain);
  CHECK_THAT(chain.str(), !Contains("Connected to"));
}

TEST_CASE("Masks go through functional models") {
  const Symbol ids = Input({3});
  const Model model(ids, layers::Dense(2)(layers::Embedding(5, 4, {.mask_zero = true})(ids)));
  const Tensor given = tensor({{1, 2, 0}});
  CHECK(array_equal(mask_of(model(given)), given != 0));
}

TEST_CASE("A graph of very many calls goes without recursion") {
  Symbol x = Input({1});
  const layers::Activation linear("linear");
  for (int i = 0; i < 20000; ++i) x = linear(x);
  x = Symbol();
  CHECK_FALSE(x.defined());
}

TEST_CASE("The layers of a functional model are in the order of depth, however they were made") {
  const layers::Dense out(2, {.use_bias = false, .name = "out"}), hidden(2, {.use_bias = false, .name = "hidden"});
  const Symbol x = Input({2});
  const Model model(x, out(hidden(x)));
  CHECK(model.get_layer(-1) == layers::Layer(out));
  CHECK(model.weights()[0].path.ends_with("hidden/kernel"));
  model.set_weights({tensor({{1.0, 0.0}, {0.0, 2.0}}, float32), tensor({{0.0, 1.0}, {1.0, 0.0}}, float32)});
  CHECK(array_equal(model(ones({1, 2})), tensor({{2.0, 1.0}}, float32)));
}

TEST_CASE("Models take inputs of any floating type as they are") {
  const auto same = [] {
    return layers::Dense(1, {.use_bias = false, .kernel_initializer = "ones", .dtype = float64});
  };
  const Tensor x = full({1, 1}, 1.0 + 1e-12, float64);
  const Symbol symbol = Input({1}, {.dtype = float64});
  CHECK(Model(symbol, same()(symbol))(x).item() == x.item());
  CHECK(Sequential{same()}(x).item() == x.item());
}

TEST_CASE("A model that is made frozen freezes its layers") {
  const layers::BatchNormalization norm;
  const Symbol x = Input({2});
  const Model model(x, norm(x), {.trainable = false});
  CHECK_FALSE(norm.trainable());
  const layers::Dense dense(2);
  const Sequential sequential({layers::InputLayer({2}), dense}, {.trainable = false});
  CHECK_FALSE(dense.trainable());
}

namespace {

struct HalveImpl : layers::LayerImpl {
  Tensor call(const Tensor& x) { return max_pool1d(x); }
};

}  // namespace

TEST_CASE("Lengths that layers of one's own change are unknown where they depend on unknown ones") {
  CHECK(Handle<HalveImpl>()(Input({-1, 4})).shape() == Shape{-1, -1, 4});
}

TEST_CASE("Calls of a layer that keeps something come in Keras's order") {
  const Symbol x = Input({1}), z = Input({1});
  const auto moving_mean = [](const Model& model) {
    model.call_all({full({2, 1}, 1), full({2, 1}, 2)}, {.training = true});
    return model.get_weights()[2].item();
  };
  const layers::BatchNormalization shared({.momentum = 0.5}), alike({.momentum = 0.5});
  // What is farther from the outputs first: 0.5 (0.5 2) + 0.5 1.
  CHECK(moving_mean(Model({x, z}, {shared(x), layers::Dense(1)(shared(z))})) == 1);
  // Also where the layer is within others.
  const layers::BatchNormalization within({.momentum = 0.5});
  const auto holding = [&] {
    const Symbol i = Input({1});
    return Model(i, within(i));
  };
  CHECK(moving_mean(Model({x, z}, {holding()(x), layers::Activation("relu")(holding()(z))})) == 1);
  // Of equal ones the first: 0.5 (0.5 1) + 0.5 2.
  CHECK(moving_mean(Model({x, z}, layers::Add()({alike(x), alike(z)}))) == 1.25);
}
