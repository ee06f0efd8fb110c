#include <string>
#include <vector>
#include <xtape/mask.hpp>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Calls as Keras's Functional makes, reads and writes them. Figures are those of Keras 3.16.

using namespace xtape;

namespace {

// `text`, in which what stands there once is another thing.
std::string with(std::string text, const std::string& before, const std::string& after) {
  const auto place = text.find(before);
  INFO(before << " in " << text);
  REQUIRE(place != std::string::npos);
  return text.replace(place, before.size(), after);
}

Config layer_of(const Model& model, const std::string& name) {
  const Config config = layers::serialize(model).at("config");
  for (const Config& layer : config.at("layers").list()) {
    if (layer.at("name").text() == name) return layer;
  }
  FAIL("no layer " << name);
  return {};
}

Config call_of(const Model& model, const std::string& layer) {
  return layer_of(model, layer).at("inbound_nodes").list().front();
}

bool is_symbol(const Config& config, const std::string& layer) {
  return config.is_dict() && config.at("config").at("keras_history").list()[0].text() == layer;
}

// What is read computes the same.
void check_copy(const Model& model, const std::vector<Tensor>& data) {
  const Model copy = models::model_from_json(model.to_json());
  copy.set_weights(model.get_weights());
  const std::vector<Tensor> expected = model.call_all(data), found = copy.call_all(data);
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(array_equal(found[i], expected[i]));
  CHECK(copy.to_json() == model.to_json());
}

}  // namespace

TEST_CASE("A functional model takes data in the type of its inputs") {
  const Symbol x = Input({2});
  const Tensor whole = tensor({{1, 2}, {3, 4}}).astype(int64), expected = tensor({{.125f, .375f}, {.625f, .875f}});
  const Model model(x, (x - 0.5) * 0.25);
  CHECK(array_equal(model(whole), expected));
  CHECK(array_equal(model(whole.astype(float64)), expected));
  CHECK(model(whole.astype(float64)).dtype() == float32);
  CHECK(array_equal(model.predict(whole.astype(uint8), {.verbose = 0}), expected));
  const Model two(x, {maximum(x, 1.5), pow(x, 0.5)});
  CHECK(array_equal(two.call_all({whole})[0], tensor({{1.5f, 2.f}, {3.f, 4.f}})));
  CHECK(allclose(two.call_all({whole})[1], sqrt(whole.astype(float32))));
  const Symbol k = Input({2}, {.dtype = int32});
  CHECK(Model(k, k + 1)(whole).dtype() == int32);
  CHECK(array_equal(Model(x, x * 0.5)(with_mask(whole, tensor({true, false}))), tensor({{.5f, 1.f}, {1.5f, 2.f}})));
  const Sequential plain{layers::InputLayer({2}), layers::Activation("relu")};
  CHECK(plain(whole).dtype() == float32);
  const Model copy = models::model_from_json(plain.to_json());
  CHECK(copy(whole).dtype() == float32);
}

TEST_CASE("Arithmetic on symbols of integers with floating numbers is float32") {
  const Symbol k = Input({2}, {.dtype = uint8});
  const Symbol scaled = k / 255.0;
  CHECK(scaled.dtype() == float32);
  const Tensor data = tensor({{0, 255}, {51, 102}}).astype(uint8);
  const Tensor y = Model(k, scaled)(data);
  CHECK(y.dtype() == float32);
  CHECK(allclose(y, tensor({{0.f, 1.f}, {.2f, .4f}})));
  CHECK((1.5 - k).dtype() == float32);
  CHECK((k > 3).dtype() == bool_);
}

TEST_CASE("A model in a model is called on symbols of other ranks and types") {
  const Symbol a = Input({1}), i = Input({}, {.dtype = int32});
  const Model inner(a, a * 0.5);
  const Symbol y = inner(i);
  CHECK(y.shape() == Shape{-1, 1});
  CHECK(array_equal(Model(i, y)(tensor({1, 2}).astype(int32)), tensor({{.5f}, {1.f}})));
}

TEST_CASE("A functional model brings data to the rank of its inputs") {
  const Symbol one = Input({1}), three = Input({3});
  const Tensor x = tensor({1., 2., 3.});
  CHECK(array_equal(Model(one, one * 2.)(x), tensor({{2.}, {4.}, {6.}})));
  CHECK(array_equal(Model({one, three}, one + three).call_all({x, ones({3, 3, 1})})[0],
                    x.reshape({3, 1}) + ones({3, 3})));
  CHECK(array_equal(Model(three, three * 2.)(ones({2, 3, 1})), full({2, 3}, 2.)));
  const Sequential model{layers::InputLayer({1}), layers::Dense(1)};
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.fit(x, x, {.verbose = 0});
  CHECK(model.predict(x, {.verbose = 0}).shape() == Shape{3, 1});
  CHECK(array_equal(model(x), model(x.reshape({3, 1}))));
  CHECK(array_equal(model(x.reshape({3, 1, 1})), model(x.reshape({3, 1}))));
  // Other ranks, and other lengths, are refused.
  CHECK_THROWS_WITH(Model(three, three * 2.)(ones({2, 3, 2})), Contains("has the shape [-1, 3], given [2, 3, 2]"));
  CHECK_THROWS_WITH(Model(three, three * 2.)(ones({3})), Contains("has the shape [-1, 3], given [3]"));
  CHECK_THROWS_WITH(Model(three, three * 2.)(ones({2, 2, 1})), Contains("has the shape [-1, 3], given [2, 2, 1]"));
}

TEST_CASE("Each argument of a call in a file is obeyed, or refused by name") {
  const Symbol x = Input({3}, {.name = "x"});
  const std::string dense = Model(x, layers::Dense(1, {.name = "d"})(x)).to_json();
  const auto read = [&](const std::string& kwargs) {
    return models::model_from_json(with(dense, R"("kwargs":{})", R"("kwargs":)" + kwargs));
  };
  CHECK_NOTHROW(read(R"({"training":null})"));
  CHECK_NOTHROW(read(R"({"mask":[null,null]})"));
  CHECK_THROWS_WITH(read(R"({"foo":1})"), Contains("/d\": a call takes no \"foo\"; it takes inputs, training, mask"));
  CHECK_THROWS_WITH(read(R"({"mask":[true]})"), Contains("/d\": mask: expected a tensor of the model, given [true]"));
  CHECK_THROWS_WITH(read(R"({"inputs":3})"), Contains("/d\": a call is given \"inputs\" twice"));
  const std::string tensor_x =
      R"({"class_name":"__keras_tensor__","config":{"shape":[null,3],"dtype":"float32","keras_history":["x",0,0]}})";
  CHECK_THROWS_WITH(read(R"({"training":)" + tensor_x + "}"),
                    Contains("/d\": training: expected true or false, given a tensor"));

  // A mask that a layer is given, by name and by place.
  const Symbol i = Input({3, 1}, {.name = "i"}), k = Input({3}, {.dtype = bool_, .name = "k"});
  const std::vector<Tensor> data{tensor({{{1.}, {2.}, {90.}}}), tensor({{true, true, false}})};
  std::string pool = Model({i, k}, layers::GRU(1, {.name = "g"})(i, {.mask = k})).to_json();
  const auto begin = pool.find(R"({"module":"keras.layers","class_name":"GRU")"),
             end = pool.find(R"(,"name":"g","inbound_nodes")", begin);
  pool.replace(begin, end - begin,
               R"({"module":"keras.layers","class_name":"GlobalAveragePooling1D","config":{"name":"g"})");
  CHECK(models::model_from_json(pool).call_all(data)[0].item() == 1.5);
}

TEST_CASE("Arguments of a call may stand in their places, or have names") {
  const Symbol i = Input({5, 4}, {.name = "i"}), j = Input({5, 4}, {.name = "j"}), s = Input({3}, {.name = "s"});
  const Model gru({i, s}, layers::GRU(3, {.name = "g"})(i, {.initial_state = {s}}));
  const std::string text = gru.to_json();
  const auto kwargs = text.find(R"("kwargs":{"initial_state":)");
  REQUIRE(kwargs != std::string::npos);
  const auto state = kwargs + std::string(R"("kwargs":{"initial_state":)").size(), end = text.find("}}}", state) + 2;
  const std::string tensor_s = text.substr(state, end - state);
  std::string moved = text.substr(0, kwargs - 2) + ",[" + tensor_s + R"(]],"kwargs":{}})" + text.substr(end + 2);
  const Model placed = models::model_from_json(moved);
  placed.set_weights(gru.get_weights());
  const std::vector<Tensor> data{rand({2, 5, 4}), rand({2, 3})};
  CHECK(array_equal(placed.call_all(data)[0], gru.call_all(data)[0]));

  const Model attention({i, j}, layers::MultiHeadAttention(2, 3, {.name = "a"})(i, j, {.key = i}));
  CHECK(call_of(attention, "a").at("args").list().size() == 3);
  std::string named = attention.to_json();
  const auto args = named.find(R"("inbound_nodes":[{"args":[{)") + std::string(R"("inbound_nodes":[{)").size();
  const auto after = named.find(R"("kwargs":{})", args);
  std::string list = named.substr(args + 8, after - args - 10);
  const auto cut = [&] {
    const auto length = list.find("}}") + 2;
    const std::string first = list.substr(0, length);
    list = list.size() > length ? list.substr(length + 1) : "";
    return first;
  };
  const std::string query = cut(), value = cut(), key = cut();
  named.replace(args, after + 11 - args,
                R"("args":[],"kwargs":{"value":)" + value + R"(,"key":)" + key + R"(,"query":)" + query + "}");
  const Model by_name = models::model_from_json(named);
  by_name.set_weights(attention.get_weights());
  const std::vector<Tensor> both{rand({2, 5, 4}), rand({2, 5, 4})};
  CHECK(array_equal(by_name.call_all(both)[0], attention.call_all(both)[0]));
}

TEST_CASE("Calls of a model in a model are counted as Keras counts them") {
  const Symbol a = Input({1}, {.name = "a"}), i = Input({1}, {.name = "i"});
  const Model inner(a, 2. * a, {.name = "inner"});
  const Symbol h = inner(i);
  const Model model(i, {h, 10. * inner(h)});
  const Config outputs = layers::serialize(model).at("config").at("output_layers");
  CHECK(outputs.list()[0] == parse_json(R"(["inner", 1, 0])"));
  // In arguments they are counted from 0.
  CHECK(call_of(model, "inner").at("args").list()[0].at("config").at("keras_history") == parse_json(R"(["i", 0, 0])"));
  CHECK(model.to_json().find(R"("keras_history":["inner",1,0])") != std::string::npos);
  CHECK(model.to_json().find(R"("keras_history":["inner",0,0])") != std::string::npos);
  check_copy(model, {ones({1, 1})});
  CHECK(models::model_from_json(model.to_json()).call_all({ones({1, 1})})[0].item() == 2);

  // A model whose output is the one call of another, as a file of an earlier release lists it, too.
  const Model one(i, inner(i), {.name = "one"});
  const std::string text = one.to_json();
  for (const char* const listed : {R"("output_layers":[["inner",1,0]])", R"("output_layers":[["inner",0,0]])"}) {
    const Model copy = models::model_from_json(with(text, R"("output_layers":[["inner",1,0]])", listed));
    CHECK(copy(ones({1, 1})).item() == 2);
  }
  CHECK_THROWS_WITH(models::model_from_json(with(text, R"(["inner",1,0]])", R"(["inner",2,0]])")),
                    Contains("there is no tensor [\"inner\",2,0]"));
}

TEST_CASE("A model of one output is written alone where a layer goes on with the tensor that it returns") {
  const Symbol a = Input({2}, {.name = "a"});
  const Model inner(a, layers::Dense(3, {.name = "z"})(a), {.name = "inner"});
  const Symbol steps = Input({4, 2});
  const Sequential row{inner, layers::Dense(1)};
  const layers::TimeDistributed in_steps(inner);
  for (const layers::Layer& layer : {layers::Layer(row), layers::Layer(in_steps)}) {
    const std::string text = layers::serialize(layer).str();
    CHECK_THAT(text, Contains(R"("output_layers":["z",0,0])") && Contains(R"("input_layers":[["a",0,0]])"));
  }
  CHECK_THAT(layers::serialize(inner).str(), Contains(R"("output_layers":[["z",0,0]])"));
  const Symbol b = Input({2}, {.name = "b"});
  const Sequential by_name{Model(b, {{"named", layers::Dense(3, {.name = "y"})(b)}}), layers::Dense(1)};
  CHECK_THAT(layers::serialize(by_name).str(), Contains(R"("output_layers":["y",0,0])"));
  check_copy(by_name, {rand({2, 2})});
  check_copy(Model(steps, in_steps(steps)), {rand({2, 4, 2})});
  check_copy(row, {rand({2, 2})});
}

TEST_CASE("Operations hand on no masks, layers do") {
  const Symbol i = Input({3}, {.dtype = int32});
  const Symbol e = layers::Embedding(4, 1, {.mask_zero = true})(i);
  const auto pooled = [&](const Symbol& symbol) { return layers::GlobalAveragePooling1D()(symbol); };
  const Model model(i, {pooled(e + e), pooled(e * 2.), pooled(2. * e), pooled(relu(e) * 2.),
                        pooled(e + ones({3, 1}) * 11.), pooled(layers::Add()({e, e}))});
  model.set_weights({tensor({{30.f}, {1.f}, {2.f}, {3.f}})});
  const std::vector<Tensor> y = model.call_all({tensor({{1, 2, 0}}).astype(int32)});
  for (std::size_t k = 0; k < 5; ++k) CHECK(y[k].item() == 22);
  CHECK(y[5].item() == 3);
}

TEST_CASE("Calls are written as Keras's layers take them") {
  const Symbol i = Input({5, 4}, {.name = "i"}), k = Input({5}, {.dtype = bool_, .name = "k"});
  const std::vector<Tensor> x{rand({2, 5, 4})},
      masked{rand({2, 5, 4}), tensor({{true, true, false, true, true}, {true, false, false, true, true}})};

  const Model grouped(i, layers::GroupQueryAttention(2, 4, 2, {.name = "a"})(i, i));
  CHECK(call_of(grouped, "a").at("args").list().size() == 2);
  CHECK(is_symbol(call_of(grouped, "a").at("args").list()[1], "i"));
  check_copy(grouped, x);

  // That it returns its state is an option of the layer.
  const Model state(i, layers::LSTM(3, {.name = "r"}).with_state(i)[1]);
  CHECK(call_of(state, "r").at("kwargs") == Config::dict());
  CHECK(layer_of(state, "r").at("config").at("return_state") == Config(true));
  check_copy(state, x);
  const Model both_ways(i, layers::Bidirectional(layers::GRU(3), {.name = "b"}).with_state(i).second);
  CHECK(call_of(both_ways, "b").at("kwargs") == Config::dict());
  const Config config = layer_of(both_ways, "b").at("config");
  CHECK(config.at("layer").at("config").at("return_state") == Config(true));
  check_copy(both_ways, x);

  // The masks of an attention over a list are a list.
  const Model attention({i, k}, layers::Attention({.name = "a"})(i, i, {.value_mask = k}));
  const Config call = call_of(attention, "a");
  REQUIRE(call.at("args").list().size() == 1);
  CHECK(call.at("args").list()[0].list().size() == 2);
  REQUIRE(call.at("kwargs").entries().size() == 1);
  CHECK(call.at("kwargs").at("mask").list()[0].is_null());
  CHECK(is_symbol(call.at("kwargs").at("mask").list()[1], "k"));
  check_copy(attention, masked);

  // The states of a cell are a list; those of stacked cells, one for each cell.
  const Symbol v = Input({4}, {.name = "v"}), h = Input({3}, {.name = "h"}), c = Input({3}, {.name = "c"}),
               g = Input({2}, {.name = "g"});
  const Model cell({v, h}, layers::GRUCell(3, {.name = "cell"})(v, {h}).first);
  CHECK(call_of(cell, "cell").at("args").list()[1].list().size() == 1);
  check_copy(cell, {rand({2, 4}), rand({2, 3})});
  const layers::StackedRNNCells stacked({layers::LSTMCell(3), layers::GRUCell(2)}, {.name = "cells"});
  const Model cells({v, h, c, g}, stacked(v, {h, c, g}).first);
  const Config states = call_of(cells, "cells").at("args").list()[1];
  REQUIRE(states.list().size() == 2);
  CHECK(states.list()[0].list().size() == 2);
  CHECK(states.list()[1].list().size() == 1);
  check_copy(cells, {rand({2, 4}), rand({2, 3}), rand({2, 3}), rand({2, 2})});
}

TEST_CASE("Options are written as Keras's constructors take them") {
  for (const layers::Layer& layer :
       {layers::Layer(layers::SpatialDropout1D(.1)), layers::Layer(layers::SpatialDropout2D(.1)),
        layers::Layer(layers::SpatialDropout3D(.1))}) {
    CHECK(layer.get_config().find("trainable") == nullptr);
    CHECK(layers::clone(layer).get_config() == layer.get_config());
  }
  const layers::Reshape reshape({-1, 2});
  CHECK(reshape.get_config().at("target_shape") == parse_json("[-1, 2]"));
  CHECK(array_equal(layers::clone(reshape)(ones({3, 4})), ones({3, 2, 2})));
  // Of a shape in general.
  CHECK_NOTHROW(layers::Reshape::from_config(parse_json(R"({"target_shape": [null, 2]})")));
}
