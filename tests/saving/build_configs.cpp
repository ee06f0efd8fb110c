#include <string>

#include "catch.hpp"
#include "saving/models.hpp"
#include "temporary_folder.hpp"

// What layers were built for, beside their configurations.
namespace xtape::test {

namespace {

const Config& layer_in(const Config& model, std::size_t index) { return model.at("config").at("layers").list()[index]; }

std::string built(const Config& layer) {
  const Config* config = layer.find("build_config");
  return config ? config->str() : "none";
}

// Has the layer in it written with its weights, and no shape of its own.
struct AroundImpl : layers::LayerImpl {
  struct Options {
    Config layer = {};
    std::string name = {};
    void fields(Fields& f) { f("layer", layer)("name", name); }
  };
  explicit AroundImpl(Options given)
      : LayerImpl({.name = given.name}), options(given), inner(layers::deserialize(given.layer)) {}
  void fields(Fields& f) override {
    options.layer = layers::serialize(inner);
    options.fields(f);
  }
  Tensor call(const Tensor& x) { return inner(x); }
  Options options;
  layers::Layer inner;
};
using Around = layers::Handle<AroundImpl>;

}  // namespace

TEST_CASE("layers that are built say for what, as Keras does") {
  CHECK(built(layers::serialize(layers::Dense(2))) == "none");
  const Symbol q = Input({4, 6}, {.name = "q"}), v = Input({5, 6}, {.name = "v"});
  const Symbol a = layers::MultiHeadAttention(2, 3, {.name = "a"})({q, v});
  const Symbol b = layers::Attention({.name = "b"})(std::vector<Symbol>{a, v});
  const Symbol c = layers::Add({.name = "c"})({a, b});
  const Symbol d = layers::Dense(2, {.name = "d"})(c);
  const Config config = layers::serialize(Model({q, v}, d));
  CHECK(built(config) == "none");
  const auto of = [&](const std::string& name) {
    for (const Config& layer : config.at("config").at("layers").list()) {
      if (layer.at("name") == Config(name)) return built(layer);
    }
    return std::string("no such layer");
  };
  CHECK(of("q") == "none");
  CHECK(of("a") == R"({"shapes_dict":{"query_shape":[null,4,6],"value_shape":[null,5,6]}})");
  CHECK(of("b") == R"({"input_shape":[[null,4,6],[null,5,6]]})");
  CHECK(of("c") == R"({"input_shape":[[null,4,6],[null,4,6]]})");
  CHECK(of("d") == R"({"input_shape":[null,4,6]})");
}

TEST_CASE("layers in layers say for what they are built, as Keras does") {
  using namespace layers;
  const Sequential model{InputLayer({6, 3}), Bidirectional(GRU(2, {.return_sequences = true})),
                         RNN(StackedRNNCells({LSTMCell(3), GRUCell(2)}), {.return_sequences = true}),
                         TimeDistributed(Dense(3)), SpectralNormalization(Dense(2))};
  const Config config = serialize(model);
  CHECK(built(config) == R"({"input_shape":[null,6,3]})");
  CHECK(built(layer_in(config, 0)) == "none");
  CHECK(built(layer_in(config, 1)) == R"({"input_shape":[null,6,3]})");
  CHECK(built(layer_in(config, 1).at("config").at("layer")) == R"({"input_shape":[null,6,3]})");
  CHECK(built(layer_in(config, 1).at("config").at("backward_layer")) == R"({"input_shape":[null,6,3]})");
  const Config& cells = layer_in(config, 2).at("config").at("cell");
  CHECK(built(cells) == R"({"input_shape":[null,4]})");
  CHECK(built(cells.at("config").at("cells").list()[0]) == R"({"input_shape":[null,4]})");
  CHECK(built(cells.at("config").at("cells").list()[1]) == R"({"input_shape":[null,3]})");
  CHECK(built(layer_in(config, 3).at("config").at("layer")) == R"({"input_shape":[null,2]})");
  CHECK(built(layer_in(config, 4).at("config").at("layer")) == R"({"input_shape":[null,6,3]})");
  CHECK(deserialize(config).built());
  CHECK(serialize(deserialize(config)) == config);
}

TEST_CASE("files say for how many samples stateful layers are built, which Keras has to know") {
  using namespace layers;
  const TemporaryFolder folder;
  const auto shapes = [&](const Model& model, const std::string& file) {
    model.save(folder / file);
    const Config config = saving::inspect(folder / file).config;
    std::string text = layer_in(config, 0).at("config").at("batch_shape").str();
    for (std::size_t i = 1; i < config.at("config").at("layers").list().size(); ++i) text += built(layer_in(config, i));
    return text;
  };
  const std::string all_of_any = R"([null,5,4]{"input_shape":[null,5,4]}{"input_shape":[null,5,2]})";
  const std::string all_of_three = R"([3,5,4]{"input_shape":[3,5,4]}{"input_shape":[3,5,2]})";
  const LSTMOptions keeps{.return_sequences = true, .stateful = true};
  for (const std::string file : {"model.keras", "model.h5"}) {
    INFO(file);
    // The layers of an .h5 file do not say for what they are built.
    const bool is_h5 = file == "model.h5";
    const std::string of_any = is_h5 ? "[null,5,4]nonenone" : all_of_any;
    const std::string of_three = is_h5 ? "[3,5,4]nonenone" : all_of_three;
    const Sequential model{InputLayer({5, 4}), LSTM(2, keeps), Dense(1)};
    CHECK(shapes(model, file) == of_any);
    const Tensor x = randn({3, 5, 4}), first = model.predict(x, {.verbose = 0});
    CHECK(shapes(model, file) == of_three);
    // The number stays with a model that begins anew, or was never called, and binds nobody.
    const Model loaded = load_model(folder / file, {.compile = false});
    CHECK(shapes(loaded, file) == of_three);
    CHECK(array_equal(loaded.predict(x, {.verbose = 0}), first));
    CHECK(load_model(folder / file, {.compile = false}).predict(ones({2, 5, 4}), {.verbose = 0}).shape(0) == 2);
  }
  const Symbol x = Input({5, 4}, {.batch_size = 3});
  CHECK(shapes(Model(x, Dense(1)(LSTM(2, keeps)(x))), "functional.keras") == all_of_three);
  CHECK(shapes(Sequential{InputLayer({5, 4}, {.batch_size = 3}), LSTM(2, keeps), Dense(1)}, "s.keras") == all_of_three);
  // Without states a length says nothing of what layers are built for.
  const Sequential stateless{InputLayer({5, 4}, {.batch_size = 3}), LSTM(2, {.return_sequences = true}), Dense(1)};
  CHECK(shapes(stateless, "stateless.keras") == "[3" + all_of_any.substr(5));
  CHECK_THROWS_WITH(Input({2}, {.batch_size = 0}), Contains("InputLayer: batch_size must be positive, given 0"));
}

TEST_CASE("a layer without an input is built for what it was built for") {
  using namespace layers;
  const Dense dense(2, {.name = "d"});
  dense.build({-1, 3});
  const Layer read = deserialize(serialize(dense));
  CHECK(read.built());
  CHECK(read.count_params() == 8);
  CHECK_FALSE(clone(Layer(dense)).built());

  const Symbol x = Input({4, 6});
  const MultiHeadAttention attention(2, 3, {.name = "a"});
  const Symbol y = attention({x, Input({5, 4})});
  const Layer other = deserialize(serialize(attention));
  CHECK(other.built());
  CHECK(other.count_params() == attention.count_params());

  // A model that was called nowhere, of layers that were.
  const Model model = models::model_from_json(R"({"class_name":"Sequential","config":{"name":"s","layers":[)"
                                              R"({"class_name":"Dense","config":{"name":"a","units":2},)"
                                              R"("build_config":{"input_shape":[null,3]}}]}})");
  CHECK_FALSE(model.built());
  CHECK(model.layers()[0].built());
  CHECK(model.get_weights().size() == 2);

  register_layer<Around>({.package = "builds"});
  const Around around({.layer = serialize(dense), .name = "around"});
  CHECK(deserialize(serialize(around)).weights().size() == 2);
}

namespace {

// Models of one's own whose inputs are called in both ways, and have different lengths.
struct PairImpl : models::ModelImpl {
  struct Options {
    std::string name = {};
    void fields(Fields& f) { f("name", name); }
  };
  PairImpl() : PairImpl(Options()) {}
  explicit PairImpl(Options given) : ModelImpl({.name = given.name}), options(std::move(given)) {}
  void fields(Fields& f) override { options.fields(f); }
  Tensor call(const Tensor& left, const Tensor& right) { return out(of_left(left) + of_right(right)); }
  Options options;
  layers::Dense of_left{4, {.activation = "tanh", .name = "left"}};
  layers::Dense of_right{4, {.name = "right"}};
  layers::Dense out{2, {.name = "out"}};
};
using Pair = layers::Handle<PairImpl>;

}  // namespace

TEST_CASE("a model of one's own with several inputs is built as it is read, in both formats") {
  layers::register_layer<Pair>({.package = "builds"});
  const TemporaryFolder folder;
  const std::vector<Tensor> x{randn({8, 3}), randn({8, 5})};
  const Tensor y = randn({8, 2});
  const Pair called, on_symbols, fitted;
  called(x[0], x[1]);
  on_symbols(Input({3}), Input({5}));
  fitted.compile({.optimizer = "adam", .loss = "mse"});
  fitted.fit(x, y, {.verbose = 0});
  for (const Model& model : {Model(called), Model(on_symbols), Model(fitted)}) {
    for (const char* file : {"model.keras", "model.h5"}) {
      INFO(file);
      const std::string path = folder / file;
      model.save(path, {.self_test = true});
      CHECK(saving::inspect(path).config.at("build_config").str() == R"({"input_shape":[[null,3],[null,5]]})");
      const Model loaded = load_model(path);
      CHECK(same(loaded.get_weights(), model.get_weights()));
      CHECK(same(loaded.predict(x, {.verbose = 0}), model.predict(x, {.verbose = 0})));
      CHECK(loaded.compiled() == model.compiled());
      // As it was read, it is written.
      loaded.save(folder / ("again_" + std::string(file)));
      CHECK(same(load_model(folder / ("again_" + std::string(file))).get_weights(), model.get_weights()));
    }
  }
}

namespace {

// Say what Python calls their tensors.
struct NamedPairImpl : PairImpl {
  using PairImpl::PairImpl;
  std::vector<std::string> call_argument_names() const override { return {"left", "right"}; }
};
using NamedPair = layers::Handle<NamedPairImpl>;

struct WeighedImpl : layers::LayerImpl {
  struct Options {
    std::vector<std::string> names = {};
    std::string name = {};
    void fields(Fields& f) { f("names", names)("name", name); }
  };
  explicit WeighedImpl(Options given) : LayerImpl({.name = given.name}), options(std::move(given)) {}
  void fields(Fields& f) override { options.fields(f); }
  std::vector<std::string> call_argument_names() const override { return options.names; }
  void build_all(const std::vector<Shape>& shapes) override {
    for (const Shape& shape : shapes) weights.push_back(add_weight("w" + std::to_string(weights.size()), {shape[1]}));
  }
  Tensor call(const std::vector<Tensor>& inputs) {
    Tensor result = (inputs[0] * weights[0]).sum(-1);
    for (std::size_t i = 1; i < inputs.size(); ++i) result = result + (inputs[i] * weights[i]).sum(-1);
    return result;
  }
  Options options;
  std::vector<Tensor> weights;
};
using Weighed = layers::Handle<WeighedImpl>;

}  // namespace

TEST_CASE("what a class of one's own calls its tensors is what it is built for, as Keras has it") {
  layers::register_layer<NamedPair>({.package = "builds"});
  layers::register_layer<Weighed>({.package = "builds"});
  const TemporaryFolder folder;
  const std::vector<Tensor> x{randn({8, 3}), randn({8, 5})};
  const NamedPair model;
  model(x[0], x[1]);
  for (const char* file : {"model.keras", "model.h5"}) {
    INFO(file);
    const std::string path = folder / file;
    model.save(path);
    CHECK(saving::inspect(path).config.at("build_config").str() ==
          R"({"shapes_dict":{"left_shape":[null,3],"right_shape":[null,5]}})");
    const Model loaded = load_model(path);
    CHECK(same(loaded.predict(x, {.verbose = 0}), model.predict(x, {.verbose = 0})));
  }
  // In whatever order they are written.
  Config config = layers::serialize(model);
  config.set("build_config", parse_json(R"({"shapes_dict":{"right_shape":[null,5],"left_shape":[null,3]}})"));
  CHECK(layers::deserialize(config).weights()[0].value.shape() == Shape{3, 4});

  const auto built_with = [](const std::vector<std::string>& names) {
    const Weighed layer({.names = names, .name = "w"});
    layer({ones({2, 3}), ones({2, 4}), ones({2, 5})});
    const Config written = layers::serialize(layer);
    if (!names.empty()) CHECK(layers::deserialize(written).count_params() == 12);
    return built(written);
  };
  CHECK(built_with({}) == "none");
  CHECK(built_with({"inputs"}) == R"({"input_shape":[[null,3],[null,4],[null,5]]})");
  CHECK(built_with({"first", "others"}) ==
        R"({"shapes_dict":{"first_shape":[null,3],"others_shape":[[null,4],[null,5]]}})");
  CHECK(built_with({"a", "b", "c", "d"}) ==
        R"({"shapes_dict":{"a_shape":[null,3],"b_shape":[null,4],"c_shape":[null,5]}})");
}

TEST_CASE("build_config that says nothing is let be, one that cannot be is refused") {
  const auto read = [](const std::string& build_config) {
    return models::model_from_json(R"({"class_name":"Sequential","config":{"name":"s","layers":[)"
                                   R"({"class_name":"Dense","config":{"name":"d","units":2}}]},"build_config":)" +
                                   build_config + "}");
  };
  for (const char* nothing : {"null", "{}", R"({"input_shape":null})", R"({"input_shape":[]})"}) {
    CAPTURE(nothing);
    CHECK_FALSE(read(nothing).built());
  }
  CHECK(read(R"({"input_shape":[null,3]})").built());
  CHECK(read(R"({"shapes_dict":{"x_shape":[null,3]}})").built());
  CHECK_THROWS_WITH(read(R"({"input_shape":"wide"})"), Contains("build_config: expected a list, given \"wide\""));
  CHECK_THROWS_WITH(read(R"({"input_shape":[null,null]})"), Contains("build_config"));
}

}  // namespace xtape::test
