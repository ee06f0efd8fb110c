// Layers in layers of classes of one's own, in files.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "io/hdf5.hpp"
#include "saving/models.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

using namespace layers;

// Keeps the layers that it is given, and has them written with its options.
struct ChainImpl : LayerImpl {
  struct Options {
    Config first = {}, second = {};
    std::string name = {};
    void fields(Fields& f) { f("first", first)("second", second)("name", name); }
  };
  ChainImpl(const Layer& first, const Layer& second) : first(first), second(second) {}
  explicit ChainImpl(const Options& given)
      : LayerImpl({.name = given.name}), first(deserialize(given.first)), second(deserialize(given.second)) {}
  void fields(Fields& f) override { Options{serialize(first), serialize(second)}.fields(f); }
  Tensor call(const Tensor& x) { return second(first(x)); }
  Layer first, second;
};
using Chain = Handle<ChainImpl>;

struct ThreeImpl : ChainImpl {
  struct Options {
    ChainImpl::Options two = {};
    Config third = {};
    void fields(Fields& f) {
      two.fields(f);
      f("third", third);
    }
  };
  ThreeImpl(const Layer& first, const Layer& second, const Layer& third) : ChainImpl(first, second), third(third) {}
  explicit ThreeImpl(const Options& given) : ChainImpl(given.two), third(deserialize(given.third)) {}
  void fields(Fields& f) override { Options{{serialize(first), serialize(second)}, serialize(third)}.fields(f); }
  Tensor call(const Tensor& x) { return third(ChainImpl::call(x)); }
  Layer third;
};
using Three = Handle<ThreeImpl>;

// Reads the second first.
struct BackwardsImpl : LayerImpl {
  BackwardsImpl(const Layer& first, const Layer& second) : second(second), first(first) {}
  explicit BackwardsImpl(const ChainImpl::Options& given)
      : LayerImpl({.name = given.name}), second(deserialize(given.second)), first(deserialize(given.first)) {}
  void fields(Fields& f) override { ChainImpl::Options{serialize(first), serialize(second)}.fields(f); }
  Tensor call(const Tensor& x) { return second(first(x)); }
  using Options = ChainImpl::Options;
  Layer second, first;
};
using Backwards = Handle<BackwardsImpl>;

Model model_of(const Layer& layer, const Shape& shape) {
  const Symbol x = Input(Shape(shape.begin() + 1, shape.end()));
  return Model(x, layer(x));
}

void train(const Model& model, const Tensor& x) {
  set_random_seed(5);
  model.fit(x, square(x), {.batch_size = 2, .epochs = 2, .verbose = 0});
}

// Saves and reads, twice, in a training that goes on.
void check_goes_on(const Layer& layer, const char* file, const Shape& shape = {6, 4}) {
  const TemporaryFolder folder;
  const Model model = model_of(layer, shape);
  const Tensor x = randn(shape);
  model.compile({.optimizer = "adam", .loss = "mse"});
  train(model, x);
  model.save(folder / file, {.self_test = true});
  const Model loaded = load_model(folder / file);
  loaded.save(folder / file);
  const Model again = load_model(folder / file);
  train(model, x);
  train(again, x);
  CHECK(again.get_weights().size() == model.get_weights().size());
  CHECK(same(again.get_weights(), model.get_weights()));
}

void register_chain() {
  register_layer<Chain>({.package = "own layers"});
  register_layer<Three>({.package = "own layers"});
}

Layer hidden(const std::string& name = {}) { return Dense(4, {.activation = "tanh", .name = name}); }

}  // namespace

TEST_CASE("layers in one's own go on from files, whatever they are called and whenever they were made") {
  register_chain();
  const char* file = GENERATE("model.keras", "model.h5");
  CAPTURE(file);
  const Layer b = hidden(), a = hidden();
  SECTION("automatic names") { check_goes_on(Chain(hidden(), hidden()), file); }
  SECTION("the newer one first") { check_goes_on(Chain(a, b), file); }
  SECTION("given names") { check_goes_on(Chain(hidden("in"), hidden("out")), file); }
  SECTION("given names that look automatic, exchanged") {
    check_goes_on(Chain(hidden("dense_1"), hidden("dense")), file);
  }
  SECTION("one of each") {
    check_goes_on(Chain(hidden("dense_1"), a), file);
    check_goes_on(Chain(a, hidden("dense")), file);
    check_goes_on(Chain(hidden("dense"), b), file);
  }
  SECTION("three, of any names") {
    for (const char* first : {"", "dense", "dense_1", "dense_2", "other"}) {
      for (const char* second : {"", "dense", "dense_1", "dense_2", "another"}) {
        for (const char* third : {"", "dense", "dense_1", "dense_2"}) {
          const auto is_twice = [](const char* one, const char* other) { return *one && std::string(one) == other; };
          if (is_twice(first, second) || is_twice(first, third) || is_twice(second, third)) continue;
          CAPTURE(first, second, third);
          check_goes_on(Three(hidden(first), hidden(second), hidden(third)), file);
        }
      }
    }
  }
  SECTION("states of layers in another order") {
    const auto lstm = [](const char* name) {
      return LSTM(4, {.return_sequences = true, .stateful = true, .name = name});
    };
    const Layer older = lstm("lstm");
    check_goes_on(Chain(lstm("lstm_1"), older), file, {6, 3, 4});
    check_goes_on(Chain(lstm("lstm_2"), lstm("lstm_1")), file, {6, 3, 4});
  }
  SECTION("in each other") {
    check_goes_on(Chain(Chain(a, hidden("dense")), Sequential({hidden(), Chain(b, hidden("dense_1"))})), file);
  }
}

TEST_CASE("a layer that is in one's own twice is one when it is read") {
  register_chain();
  const char* file = GENERATE("model.keras", "model.h5");
  CAPTURE(file);
  const Layer one = hidden();
  check_goes_on(Chain(one, one), file);
  check_goes_on(Chain(Chain(one, hidden()), one), file);
  const Sequential inner{one};
  check_goes_on(Chain(inner, inner), file);
}

TEST_CASE("layers are one when they are read in another order than they were written in") {
  register_chain();
  register_layer<Backwards>({.package = "own layers"});
  const Layer one = hidden();
  check_goes_on(Backwards(hidden(), hidden()), "model.keras");
  check_goes_on(Sequential({one, Backwards(Chain(one, hidden()), Sequential({one}))}), "model.keras");
  const Layer inner = Chain(one, hidden());
  check_goes_on(Sequential({Backwards(Sequential({inner}), Chain(inner, hidden())), one}), "model.keras");
  const Layer around = Backwards(inner, hidden());
  check_goes_on(Sequential({Backwards(Sequential({around}), Sequential({around, inner})), one}), "model.keras");
}

TEST_CASE("layers with automatic names keep the places of files by class and number beside those with names") {
  register_chain();
  const Layer named = hidden("dense"), counted = hidden();
  const Model model = model_of(Chain(named, counted), {6, 4});
  const TemporaryFolder folder;
  model.save_weights(folder / "model.weights.h5");
  const io::ArrayGroup stored = io::read_hdf5(folder / "model.weights.h5");
  CHECK(stored.find_array("layers/chain/dense/vars/0"));
  CHECK(stored.find_array("layers/chain/dense_1/vars/0"));
  const std::vector<Tensor> before = model.get_weights();
  std::vector<Tensor> others;
  for (const Tensor& weight : before) others.push_back(weight + 1);
  model.set_weights(others);
  model.load_weights(folder / "model.weights.h5");
  CHECK(same(model.get_weights(), before));
}

TEST_CASE("two layers cannot be tracked as one") {
  struct TwiceImpl : LayerImpl {
    TwiceImpl() {
      track("hidden", Dense(2, {.name = "a"}));
      track("hidden", Dense(2, {.name = "b"}));
    }
    Tensor call(const Tensor& x) { return x; }
  };
  CHECK_THROWS_WITH(Handle<TwiceImpl>(), Contains("there is a layer that is tracked as \"hidden\" already"));
}

}  // namespace xtape::test
