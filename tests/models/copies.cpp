#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// clone_model, to_json, model_from_json.

using namespace xtape;

namespace {

// A shared layer, a nested model, an operation and a call that never trains.
Model siamese() {
  const Symbol x = Input({4}, {.name = "x"});
  const Model encoder(x, layers::Dropout(0.5, {.name = "drop"})(layers::Dense(3, {.name = "dense"})(x)),
                      {.name = "encoder"});
  const Symbol a = Input({4}, {.name = "a"}), b = Input({4}, {.name = "b"});
  const Symbol near = exp(-abs(encoder(a) - encoder(b, {.training = false})));
  return Model({a, b}, {layers::Dense(1, {.name = "score"})(near), 1 - near}, {.name = "siamese"});
}

void check_copy(const Model& model, const Model& copy) {
  CHECK(copy != model);
  CHECK(copy.name() == model.name());
  REQUIRE(copy.weights().size() == model.weights().size());
  for (std::size_t i = 0; i < copy.weights().size(); ++i) {
    CHECK(copy.weights()[i].path == model.weights()[i].path);
    CHECK(copy.weights()[i].value.handle() != model.weights()[i].value.handle());
  }
  copy.set_weights(model.get_weights());
  const Tensor a = randn({2, 4}), b = randn({2, 4});
  const auto expected = model.call_all({a, b}), given = copy.call_all({a, b});
  REQUIRE(given.size() == expected.size());
  for (std::size_t i = 0; i < given.size(); ++i) CHECK(array_equal(given[i], expected[i]));
}

}  // namespace

TEST_CASE("clone_model makes the same graph of new layers") {
  const Model model = siamese();
  const Model copy = models::clone_model(model);
  check_copy(model, copy);
  CHECK(layers::serialize(copy) == layers::serialize(model));
}

TEST_CASE("clone_model may make other layers in the place of some") {
  const Model model = siamese();
  std::vector<std::string> seen;
  const auto clone = [&](const layers::Layer& layer) {
    seen.push_back(layer.name());
    if (layer.class_name() == "Dropout") return layers::Layer(layers::Activation("linear", {.name = "drop"}));
    return layers::clone(layer);
  };
  const Model whole = models::clone_model(model, {.clone_function = clone});
  check_copy(model, whole);
  CHECK(std::count(seen.begin(), seen.end(), "encoder") == 1);
  CHECK(std::count(seen.begin(), seen.end(), "drop") == 0);
  seen.clear();
  const Model inside = models::clone_model(model, {.clone_function = clone, .recursive = true});
  check_copy(model, inside);
  CHECK(std::count(seen.begin(), seen.end(), "drop") == 1);
  const Tensor a = ones({2, 4}), b = zeros({2, 4});
  CHECK(array_equal(inside.call_all({a, b}, {.training = true})[1], inside.call_all({a, b})[1]));

  const Sequential sequential({layers::InputLayer({4}), layers::Dense(2), layers::Dropout(0.5)}, {.name = "s"});
  const Model copy = models::clone_model(sequential, {.clone_function = clone});
  CHECK(copy.class_name() == "Sequential");
  CHECK(copy.built());
  CHECK(copy.layers()[1].class_name() == "Activation");
  struct OwnImpl : ModelImpl {
    Tensor call(const Tensor& x) { return x; }
  };
  CHECK_THROWS_WITH(models::clone_model(Handle<OwnImpl>(), {.clone_function = clone}),
                    Contains("clone_function is for functional and sequential models, this is a Own"));
}

namespace {

struct NetOptions {
  int units = 2;
  std::string name = {};
  void fields(Fields& f) { f("units", units)("name", name); }
};
struct NetImpl : ModelImpl {
  using Options = NetOptions;
  explicit NetImpl(NetOptions given) : ModelImpl({.name = given.name}), options(given), dense(given.units) {}
  void fields(Fields& f) override { options.fields(f); }
  Tensor call(const Tensor& x) { return dense(x); }
  NetOptions options;
  layers::Dense dense;
};

struct PlainImpl : ModelImpl {
  layers::Dense dense{3};
  Tensor call(const Tensor& x) { return dense(x); }
};

}  // namespace

TEST_CASE("clone_model makes models of classes of one's own that are not registered") {
  const Tensor x = randn({4, 3});
  const Handle<NetImpl> net(NetOptions{.units = 5, .name = "net"});
  const Handle<PlainImpl> plain;
  const auto check = [&](const auto& model, int64_t units) {
    const Tensor expected = model(x);
    const auto copy = models::clone_model(model);
    static_assert(std::is_same_v<decltype(copy), decltype(model)> ||
                  std::is_same_v<decltype(copy), std::add_const_t<std::remove_cvref_t<decltype(model)>>>);
    CHECK(copy(x).shape() == Shape{4, units});
    CHECK_FALSE(array_equal(copy(x), expected));
    copy.set_weights(model.get_weights());
    CHECK(array_equal(copy(x), expected));
  };
  check(net, 5);
  check(plain, 3);
  CHECK(models::clone_model(net).name() == "net");
  // What is known as a Model alone is asked to be registered.
  CHECK_THROWS_WITH(models::clone_model(Model(net)), Contains("register_layer<Net>"));
}

TEST_CASE("Models are written as JSON and read from it") {
  const Model model = siamese();
  const Model copy = models::model_from_json(model.to_json());
  check_copy(model, copy);
  CHECK(copy.to_json() == model.to_json());
  CHECK(models::model_from_json(model.to_json(2)).to_json() == model.to_json());
  const Sequential sequential({layers::InputLayer({4}), layers::Dense(2, {.name = "d"})}, {.name = "s"});
  CHECK(models::model_from_json(sequential.to_json()).count_params() == 10);
  CHECK_THROWS_AS(models::model_from_json("{"), FormatError);
  CHECK_THROWS_WITH(models::model_from_json(to_json(layers::serialize(layers::Dense(2)))),
                    "model_from_json: the text describes a Dense, which is no model");
}

TEST_CASE("A model that is a part on two levels is written on each, and is two in what is read, as in Keras") {
  const Symbol a = Input({3}, {.name = "a"}), b = Input({3}, {.name = "b"}), c = Input({3}, {.name = "c"});
  const Model shared(a, layers::Dense(3, {.name = "dense"})(a), {.name = "shared"});
  const Model inner(b, shared(b) * 2, {.name = "inner"});
  const Model outer(c, shared(inner(c)), {.name = "outer"});
  CHECK(outer.count_params() == 12);
  const std::string text = outer.to_json();
  const std::string name = R"("name":"shared","trainable")";
  std::size_t written = 0;
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) ++written;
  CHECK(written == 2);
  const Model copy = models::model_from_json(text);
  CHECK(copy.to_json() == text);
  CHECK(copy.count_params() == 24);
  const std::vector<Tensor> weights = outer.get_weights();
  copy.set_weights({weights[0], weights[1], weights[0], weights[1]});
  const Tensor data = randn({2, 3});
  CHECK(array_equal(copy(data), outer(data)));
  // On one level a layer that is called twice stays one.
  const Model twice(c, shared(shared(c)), {.name = "twice"});
  CHECK(models::model_from_json(twice.to_json()).count_params() == 12);
}

TEST_CASE("Inputs of integers are written as such") {
  const Symbol ids = Input({3}, {.dtype = int32, .name = "ids"});
  CHECK(ids.dtype() == int32);
  const Model model(ids, layers::Embedding(5, 2, {.name = "embedding"})(ids), {.name = "m"});
  const Model copy = models::model_from_json(model.to_json());
  CHECK(copy.inputs()[0].dtype() == int32);
  copy.set_weights(model.get_weights());
  const Tensor given = tensor({{0, 1, 4}}).astype(int32);
  CHECK(array_equal(copy(given), model(given)));
}
