#include "catch.hpp"
#include "saving/models.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {

TEST_CASE("a model that was saved computes the same, bit for bit") {
  const TemporaryFolder folder;
  for (const Example& example : examples()) {
    for (const char* name : {"model.keras", "model.h5"}) {
      DYNAMIC_SECTION(example.name << " in " << name) {
        example.model.save(folder / name, {.self_test = true});
        const Model loaded = load_model(folder / name);
        CHECK(same(loaded.get_weights(), example.model.get_weights()));
        CHECK(
            same(loaded.predict_all(example.x, {.verbose = 0}), example.model.predict_all(example.x, {.verbose = 0})));
        CHECK(loaded.to_json() == example.model.to_json());
      }
    }
  }
}

TEST_CASE("weights that were saved are those of a model of the same layers") {
  const TemporaryFolder folder;
  for (const Example& example : examples()) {
    for (const char* name : {"w.weights.h5", "w.h5", "w.safetensors", "w.npz"}) {
      DYNAMIC_SECTION(example.name << " in " << name) {
        example.model.save_weights(folder / name);
        const Model other = models::clone_model(example.model);
        CHECK_FALSE(same(other.get_weights(), example.model.get_weights()));
        other.load_weights(folder / name);
        CHECK(same(other.get_weights(), example.model.get_weights()));
      }
    }
  }
}

TEST_CASE("layers without names are found in safetensors and npz by their order") {
  const TemporaryFolder folder;
  const auto make = [] { return Sequential{layers::InputLayer({3}), layers::Dense(2), layers::Dense(4)}; };
  const Model one = make(), other = make();
  one.save_weights(folder / "w.safetensors");
  other.load_weights(folder / "w.safetensors");
  CHECK(same(one.get_weights(), other.get_weights()));
}

TEST_CASE("what a model was compiled with is read back") {
  const TemporaryFolder folder;
  const Symbol x = Input({4}, {.name = "x"});
  const Model model({x}, {layers::Dense(1, {.name = "price"})(x), layers::Dense(3, {.name = "kind"})(x)});
  model.compile({.optimizer = optimizers::Adam(
                     {.learning_rate = optimizers::schedules::ExponentialDecay(0.1, 10, 0.9), .clipnorm = 1.0}),
                 .loss = {{"price", losses::Huber({.delta = 0.5})},
                          {"kind", losses::SparseCategoricalCrossentropy({.from_logits = true})}},
                 .loss_weights = {{"price", 2.0}, {"kind", 0.5}},
                 .metrics = {{"price", {"mae", metrics::RootMeanSquaredError()}}, {"kind", "accuracy"}}});
  const Tensor data = randn({6, 4}), kinds = randint(0, 3, {6});
  model.fit(data, {{"price", data.slice(1, {.stop = 1})}, {"kind", kinds}}, {.verbose = 0});
  for (const char* name : {"model.keras", "model.h5"}) {
    INFO(name);
    model.save(folder / name);
    const Model loaded = load_model(folder / name);
    const auto score = [&](const Model& of) {
      return callbacks::Logs(
          of.evaluate(data, {{"price", data.slice(1, {.stop = 1})}, {"kind", kinds}}, {.verbose = 0}));
    };
    const callbacks::Logs before = score(model), after = score(loaded);
    REQUIRE(before.size() == after.size());
    for (const auto& [metric, value] : before) CHECK(after[metric] == value);
    CHECK(loaded.optimizer().learning_rate() == model.optimizer().learning_rate());
    CHECK(loaded.get_compile_config().at("optimizer") == model.get_compile_config().at("optimizer"));
    CHECK_FALSE(load_model(folder / name, {.compile = false}).compiled());
  }
}

struct ScaleImpl : layers::LayerImpl {
  struct Options {
    double start = 1;
    std::string name = {};
    void fields(Fields& f) { f("start", start)("name", name); }
  };
  ScaleImpl() : ScaleImpl(Options()) {}
  explicit ScaleImpl(Options given) : LayerImpl({.name = given.name}), options(std::move(given)) {}
  void fields(Fields& f) override { options.fields(f); }
  void build(const Shape& shape) override { factor = add_weight("factor", {shape.back()}, "ones"); }
  Tensor call(const Tensor& x) { return x * factor * options.start; }
  Options options;
  Tensor factor;
};
using Scale = layers::Handle<ScaleImpl>;

TEST_CASE("layers of one's own are found by registry or argument") {
  const TemporaryFolder folder;
  layers::register_layer<Scale>({.package = "saving"});
  const Sequential model{layers::InputLayer({3}), Scale({.start = 2.0})};
  model.save(folder / "own.keras");
  const Tensor x = randn({2, 3});
  CHECK(same(load_model(folder / "own.keras").predict(x, {.verbose = 0}), model.predict(x, {.verbose = 0})));
  model.save(folder / "own.h5");
  CHECK(same(load_model(folder / "own.h5").predict(x, {.verbose = 0}), model.predict(x, {.verbose = 0})));
  const Model from_h5 = load_model(folder / "own.h5", {.custom_objects = {layers::custom_object<Scale>()}});
  CHECK(same(from_h5.predict(x, {.verbose = 0}), model.predict(x, {.verbose = 0})));
  const Model given = load_model(folder / "own.keras", {.custom_objects = {layers::custom_object<Scale>()}});
  CHECK(same(given.predict(x, {.verbose = 0}), model.predict(x, {.verbose = 0})));
}

// A layer that works otherwise from one day to the other.
double factor = 1;
struct ChangingImpl : layers::LayerImpl {
  struct Options {
    std::string name = {};
    void fields(Fields& f) { f("name", name); }
  };
  ChangingImpl() : ChangingImpl(Options()) {}
  explicit ChangingImpl(Options given) : LayerImpl({.name = given.name}), options(std::move(given)) {}
  void fields(Fields& f) override { options.fields(f); }
  Tensor call(const Tensor& x) { return x * factor; }
  Options options;
};
using Changing = layers::Handle<ChangingImpl>;

TEST_CASE("a self-test finds that a model computes something else") {
  const TemporaryFolder folder;
  const Sequential model{layers::InputLayer({3}), layers::Dense(2, {.activation = "relu"})};
  model.save(folder / "model.h5", {.self_test = true});
  CHECK_NOTHROW(load_model(folder / "model.h5"));
  layers::register_layer<Changing>({.package = "saving"});
  factor = 1;
  Sequential{layers::InputLayer({3}), Changing()}.save(folder / "changing.keras", {.self_test = true});
  CHECK_NOTHROW(load_model(folder / "changing.keras"));
  factor = 1.01;
  CHECK_THROWS_WITH(load_model(folder / "changing.keras"), Contains("self-test: output 0 differs by"));
}

TEST_CASE("a self-test of a layer that keeps its states begins anew and leaves them") {
  const TemporaryFolder folder;
  const Tensor x = randn({3, 5, 4});
  for (const char* file : {"model.keras", "model.h5"}) {
    INFO(file);
    const layers::LSTM kept(4, {.return_sequences = true, .stateful = true});
    const layers::Bidirectional both(layers::GRU(2, {.stateful = true}));
    const Sequential model({layers::InputLayer({5, 4}), kept, both, layers::Dense(2)});
    model.predict(x, {.batch_size = 3, .verbose = 0});
    std::vector<Tensor> before;
    for (const Tensor& state : kept.states()) before.push_back(state.clone());
    model.save(folder / file, {.self_test = true});
    CHECK(same(kept.states(), before));
    const Model loaded = load_model(folder / file);
    kept.reset_state();
    both.reset_state();
    CHECK(same(loaded.predict(x, {.batch_size = 3, .verbose = 0}), model.predict(x, {.batch_size = 3, .verbose = 0})));
  }
}

TEST_CASE("frozen models of a graph are read again, and copied") {
  const TemporaryFolder folder;
  const Symbol x = Input({3}), inside = Input({3});
  const Model inner(inside, layers::Dense(2)(inside));
  const Model frozen(x, layers::Dense(1)(inner(x) * 2));
  inner.set_trainable(false);
  for (const bool all : {false, true}) {
    if (all) frozen.set_trainable(false);
    const Tensor data = randn({4, 3}), expected = frozen.predict(data, {.verbose = 0});
    for (const char* file : {"model.keras", "model.h5"}) {
      INFO(file);
      frozen.save(folder / file);
      const Model loaded = load_model(folder / file);
      CHECK(same(loaded.predict(data, {.verbose = 0}), expected));
      CHECK(loaded.trainable_weights().size() == (all ? 0 : 2));
    }
    CHECK(models::model_from_json(frozen.to_json()).trainable_weights().size() == (all ? 0 : 2));
    CHECK(models::clone_model(frozen).trainable_weights().size() == (all ? 0 : 2));
    // Keras's inputs say nothing of it.
    const Config config = frozen.get_config(), input = config.at("layers").list()[0];
    CHECK_FALSE(input.at("config").find("trainable"));
  }
}

struct NetImpl : models::ModelImpl {
  struct Options {
    std::string name = {};
    void fields(Fields& f) { f("name", name); }
  };
  NetImpl() : NetImpl(Options()) {}
  explicit NetImpl(Options given) : ModelImpl({.name = given.name}), options(std::move(given)) {}
  void fields(Fields& f) override { options.fields(f); }
  Tensor call(const Tensor& x) { return out(norm(hidden(x))); }
  Options options;
  layers::Dense hidden{4, {.name = "hidden"}};
  layers::BatchNormalization norm;
  layers::Dense out{2};
};
using Net = layers::Handle<NetImpl>;

TEST_CASE("a model of one's own is found by registry in both formats") {
  const TemporaryFolder folder;
  layers::register_layer<Net>({.package = "saving"});
  const Net model;
  const Tensor x = randn({8, 3}), y = randn({8, 2});
  model(x);
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(x, y, {.verbose = 0});
  for (const char* file : {"model.keras", "model.h5"}) {
    INFO(file);
    model.save(folder / file, {.self_test = true});
    const Model loaded = load_model(folder / file);
    CHECK(same(loaded.get_weights(), model.get_weights()));
    CHECK(same(loaded.predict(x, {.verbose = 0}), model.predict(x, {.verbose = 0})));
    CHECK(loaded.optimizer().iterations() == 1);
  }
}

}  // namespace xtape::test
