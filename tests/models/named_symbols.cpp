#include <algorithm>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Models whose inputs and outputs are given by name.

using namespace xtape;

namespace {

struct Parts {
  Symbol a = Input({4}, {.name = "a"}), b = Input({2}, {.name = "b"});
  layers::Dense price{1, {.name = "price_head"}}, kind{3, {.activation = "softmax", .name = "kind_head"}};
  Symbol joined = concatenate({a, b});
  Model model{{{"title", a}, {"tags", b}}, {{"price", price(joined)}, {"kind", kind(joined)}}, {.name = "shop"}};
};

}  // namespace

TEST_CASE("Data, losses and logs go by the names that a model was made with") {
  const Parts parts;
  const Model& model = parts.model;
  CHECK(model.input_names() == std::vector<std::string>{"title", "tags"});
  CHECK(model.output_names() == std::vector<std::string>{"price", "kind"});
  CHECK(model.inputs()[0].is(parts.a));
  model.compile(
      {.loss = {{"kind", "sparse_categorical_crossentropy"}, {"price", "mse"}}, .metrics = {{"kind", {"accuracy"}}}});
  const Tensor title = rand({6, 4}), tags = rand({6, 2}), price = rand({6, 1}), kind = tensor({0, 1, 2, 0, 1, 2});
  const History history =
      model.fit({{"tags", tags}, {"title", title}}, {{"kind", kind}, {"price", price}}, {.verbose = 0});
  CHECK(history["price_loss"].size() == 1);
  CHECK(history["kind_accuracy"].size() == 1);
  const auto [p, k] = model.predict<2>({title, tags}, {.verbose = 0});
  CHECK(p.shape() == Shape{6, 1});
  CHECK(k.shape() == Shape{6, 3});
  const std::vector<Tensor> by_name = model.predict_all({{"tags", tags}, {"title", title}}, {.verbose = 0});
  CHECK(array_equal(by_name[0], p));
  CHECK_THROWS_WITH(model.predict_all({{"tag", tags}, {"title", title}}, {.verbose = 0}), Contains("\"tags\""));
  CHECK_THROWS_WITH(model.call_all({title}), Contains("expected 2 tensors (title, tags), given 1"));
  CHECK_THROWS_WITH(model.call_all({tags, tags}), Contains("the input \"title\" has the shape [-1, 4]"));
}

TEST_CASE("Names of inputs and outputs are written, read and copied") {
  const Parts parts;
  const Config config = layers::serialize(parts.model).at("config");
  CHECK(config.at("input_layers").str() == R"({"title":["a",0,0],"tags":["b",0,0]})");
  CHECK(config.at("output_layers").str() == R"({"price":["price_head",0,0],"kind":["kind_head",0,0]})");
  const Tensor title = rand({6, 4}), tags = rand({6, 2});
  for (const Model& copy : {models::model_from_json(parts.model.to_json()), models::clone_model(parts.model),
                            models::clone_model(parts.model, {.clone_function = [](const layers::Layer& layer) {
                                                  return layers::clone(layer);
                                                }})}) {
    CHECK(copy.input_names() == parts.model.input_names());
    CHECK(copy.output_names() == parts.model.output_names());
    CHECK(copy.to_json() == parts.model.to_json());
    copy.set_weights(parts.model.get_weights());
    CHECK(array_equal(copy.call<2>({title, tags})[1], parts.model.call<2>({title, tags})[1]));
  }
}

TEST_CASE("The order of layers is that of sorted names, as Keras goes through a dict") {
  const Symbol x = Input({2});
  const layers::Dense z(1, {.name = "first"}), a(1, {.name = "second"});
  const Model by_name(x, {{"z", z(x)}, {"a", a(x)}});
  CHECK(by_name.layers()[1].name() == "second");
  CHECK(by_name.outputs()[0].name() == "first");
  const Model by_position(x, {z.output(), a.output()});
  CHECK(by_position.layers()[1].name() == "first");
}

TEST_CASE("Names of inputs and outputs differ") {
  const Symbol x = Input({2}), y = Input({2});
  CHECK_THROWS_WITH(Model({{"x", x}, {"x", y}}, x + y, {.name = "m"}), "m: the input name \"x\" is given twice");
  CHECK_THROWS_WITH(Model(x, {{"", x * 2}}, {.name = "m"}), "m: the name of an output is empty");
}

TEST_CASE("A Sequential model keeps the name and the type of its input") {
  CHECK(Sequential{layers::Dense(2)}.input_names() == std::vector<std::string>{"input_layer"});
  CHECK(Sequential{layers::InputLayer({4}), layers::Dense(2)}.input_names() == std::vector<std::string>{"input_layer"});
  const Sequential model{layers::InputLayer({4}, {.dtype = int32, .name = "pixels"}), layers::Dense(2)};
  const auto by_function = [](const layers::Layer& layer) { return layers::clone(layer); };
  for (const Model& each : {Model(model), models::model_from_json(model.to_json()), models::clone_model(model),
                            models::clone_model(model, {.clone_function = by_function})}) {
    CHECK(each.input_names() == std::vector<std::string>{"pixels"});
    CHECK(each.get_config().at("layers").list()[0].at("config").at("name") == Config("pixels"));
    CHECK(each.predict_all({{"pixels", ones({3, 4})}}, {.verbose = 0})[0].shape() == Shape{3, 2});
    CHECK(each.inputs()[0].dtype() == int32);
  }
}

TEST_CASE("A model in another one takes masks by the names of its inputs") {
  const Symbol p = Input({3, 2}, {.name = "p"}), q = Input({3, 2}, {.name = "q"});
  const Model inner(
      {{"p", p}, {"q", q}},
      layers::GlobalAveragePooling1D({.name = "mean"})(p) + layers::GlobalMaxPooling1D({.name = "max"})(q),
      {.name = "inner"});
  const Symbol ids = Input({3}, {.name = "ids"}), y = Input({3, 2}, {.name = "y"});
  const Symbol x = layers::Embedding(5, 2, {.mask_zero = true, .name = "x"})(ids);
  const Model model({ids, y}, inner({x, y}));
  std::string text = model.to_json();
  const std::size_t at = text.rfind(R"("kwargs":{})");
  REQUIRE(at != std::string::npos);
  text.replace(at, 11, R"("kwargs":{"mask":{"p":null,"q":null}})");
  const Model read = models::model_from_json(text);
  read.set_weights(model.get_weights());
  const Tensor given = tensor({{1, 2, 0}, {3, 0, 0}}), other = randn({2, 3, 2});
  CHECK(array_equal(read({given, other}), model({given, other})));
}

TEST_CASE("Outputs by name of a nested model are counted in the order of their names in configurations, as in Keras") {
  const Symbol i = Input({4});
  const Model inner(i, {{"o9", layers::Dense(3)(i)}, {"o7", layers::Dense(3)(i)}}, {.name = "inner"});
  const Symbol x = Input({4});
  const auto [nine, seven] = inner.call<2>({x});
  const Model outer(x, {layers::Dense(1, {.name = "of_nine"})(nine), seven});
  const Config config = outer.get_config();
  for (const Config& layer : config.at("layers").list()) {
    if (layer.at("name").text() != "of_nine") continue;
    const Config& argument = layer.at("inbound_nodes").list()[0].at("args").list()[0];
    CHECK(argument.at("config").at("keras_history").str() == R"(["inner",0,1])");
  }
  CHECK(config.at("output_layers").list()[1].str() == R"(["inner",1,0])");
  const Tensor data = randn({2, 4});
  for (const Model& read : {Model::from_config(config), clone_model(outer)}) {
    read.set_weights(outer.get_weights());
    const auto given = read.predict<2>(data, {.verbose = 0}), expected = outer.predict<2>(data, {.verbose = 0});
    CHECK(array_equal(given[0], expected[0]));
    CHECK(array_equal(given[1], expected[1]));
  }
}

TEST_CASE("A nested model takes its inputs by name in configurations, and layers stand in the order of these, as in Keras") {
  const Symbol q = Input({2}), p = Input({2});
  const Model inner({{"q", q}, {"p", p}}, layers::Dense(2)(q) * 2 + layers::Dense(2)(p), {.name = "inner"});
  const Symbol a = Input({2}), b = Input({2});
  const layers::Dense of_a(2, {.name = "of_a"}), of_b(2, {.name = "of_b"});
  const Model outer({a, b}, inner({of_a(a), of_b(b)}));
  const Config config = outer.get_config();
  std::vector<std::string> names;
  for (const Config& layer : config.at("layers").list()) {
    names.push_back(layer.at("name").text());
    if (names.back() != "inner") continue;
    const Config& argument = layer.at("inbound_nodes").list()[0].at("args").list()[0];
    CHECK(argument.at("q").at("config").at("keras_history").list()[0].text() == "of_a");
    CHECK(argument.at("p").at("config").at("keras_history").list()[0].text() == "of_b");
  }
  // By depth, and there as they are met: first what goes to "p".
  CHECK(std::find(names.begin(), names.end(), "of_b") < std::find(names.begin(), names.end(), "of_a"));
  const Tensor x = randn({3, 2}), y = randn({3, 2});
  for (const Model& read : {Model::from_config(config), clone_model(outer)}) {
    read.set_weights(outer.get_weights());
    CHECK(array_equal(read.predict({x, y}, {.verbose = 0}), outer.predict({x, y}, {.verbose = 0})));
  }
}
