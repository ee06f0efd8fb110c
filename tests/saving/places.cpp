// Where files keep layers of models and layers of one's own: the places that Keras 3.3 to 3.16 gives to attributes.
#include <algorithm>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "io/atomic_file.hpp"
#include "io/hdf5.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

using namespace layers;
using models::ModelImpl;
using Places = std::vector<std::string>;

// Of layers with weights.
Places places_in(const std::string& file) {
  Places places;
  for (const auto& [name, array] : saving::inspect(file).weights) {
    if (name.ends_with("/vars/0")) places.push_back(name.substr(0, name.size() - 7));
  }
  std::sort(places.begin(), places.end());
  return places;
}

// A layer or a model of that kind, in a model.
template <class Kind>
Sequential around() {
  return Sequential{InputLayer({3}), Kind()};
}

// Where a layer of that kind keeps what is in it; all formats bring it back.
template <class Kind>
Places places_of() {
  const TemporaryFolder folder;
  const Sequential model = around<Kind>();
  const Tensor data = randn({2, 3}), expected = model(data);
  for (const char* name : {"model.weights.h5", "model.h5", "model.safetensors"}) {
    INFO(name);
    model.save_weights(folder / name);
    const Sequential other = around<Kind>();
    other.load_weights(folder / name);
    CHECK(array_equal(other(data), expected));
  }
  Places places = places_in(folder / "model.weights.h5");
  // "layers/kind/hidden"
  for (std::string& place : places) place = place.substr(place.find('/', 7) + 1);
  return places;
}

struct StackImpl : LayerImpl {
  Dense first = track("first", Dense(4, {.name = "called_otherwise"}));
  std::vector<Layer> more = track("more", std::vector<Layer>{Dense(4), ReLU(), Dense(4, {.name = "mine"})});
  Tensor call(const Tensor& x) {
    Tensor y = first(x);
    for (const Layer& layer : more) y = layer(y);
    return y;
  }
};

struct EndingImpl : ModelImpl {
  Dense zeta = track("zeta", Dense(3)), alpha = track("alpha", Dense(3));
  Tensor call(const Tensor& x) { return zeta(alpha(x)); }
};

struct TrunkImpl : ModelImpl {
  std::vector<Layer> stages = track("stages", std::vector<Layer>{Dense(3), Handle<EndingImpl>()});
  Dense hidden = track("hidden", Dense(4));
  std::vector<Layer> blocks = track("blocks", std::vector<Layer>{Dense(3)});
  Dense out = track("out", Dense(2));
  LayerNormalization norm = track("Norm", LayerNormalization());
  Dense own = track("_own", Dense(3));
  Tensor call(const Tensor& x) { return out(norm(hidden(blocks[0](stages[1](stages[0](own(x))))))); }
};

// What a list in a layer, or a model, may be called.
template <class Base>
struct NamedAsListsImpl : Base {
  Dense layers = this->track("layers", Dense(3)), cells = this->track("cells", Dense(3));
  Tensor call(const Tensor& x) { return cells(layers(x)); }
  std::string class_name() const override { return "NamedAsLists"; }
};

template <class Base>
struct TwiceImpl : Base {
  Dense shared{3}, other{3};
  TwiceImpl() {
    this->track("zeta", shared);
    this->track("alpha", shared);
    this->track("blocks", std::vector<Layer>{shared, other});
  }
  Tensor call(const Tensor& x) { return other(shared(shared(x))); }
  std::string class_name() const override { return "Twice"; }
};

template <class Base>
struct OwnImpl : Base {
  Dense own = this->track("own", Dense(3)), hidden = this->track("_own", Dense(3));
  Tensor call(const Tensor& x) { return hidden(own(x)); }
  std::string class_name() const override { return "Own"; }
};

struct BlocksImpl : LayerImpl {
  explicit BlocksImpl(int count) {
    std::vector<Layer> made;
    for (int i = 0; i < count; ++i) made.push_back(Dense(3));
    blocks = track("blocks", made);
  }
  std::vector<Layer> blocks;
  Tensor call(const Tensor& x) {
    Tensor y = x;
    for (const Layer& block : blocks) y = block(y);
    return y;
  }
};

}  // namespace

TEST_CASE("a layer keeps others where Keras has what they are tracked as: an attribute, or a list by class and number") {
  CHECK(places_of<Handle<StackImpl>>() == Places{"first", "more/dense", "more/dense_1"});
}

TEST_CASE("of a model of one's own the list of layers has those whose names are behind it") {
  CHECK(places_of<Handle<TrunkImpl>>() == Places{"Norm", "blocks/dense", "hidden", "layers/dense", "layers/dense_3",
                                                 "layers/dense_4", "layers/ending/alpha",
                                                 "layers/ending/layers/dense"});
}

TEST_CASE("a layer may be called as a list is") {
  CHECK(places_of<Handle<NamedAsListsImpl<LayerImpl>>>() == Places{"cells", "layers"});
  // Keras's models have no attribute "layers" but the list.
  CHECK(places_of<Handle<NamedAsListsImpl<ModelImpl>>>() == Places{"cells", "layers/dense"});
}

TEST_CASE("a layer that is tracked by several names is at each of them") {
  CHECK(places_of<Handle<TwiceImpl<LayerImpl>>>() == Places{"alpha", "blocks/dense", "blocks/dense_1", "zeta"});
  CHECK(places_of<Handle<TwiceImpl<ModelImpl>>>() ==
        Places{"alpha", "blocks/dense", "blocks/dense_1", "layers/dense"});
}

TEST_CASE("a layer does not take the weights of one whose name has no '_' in front") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.weights.h5";
  const Sequential model = around<Handle<OwnImpl<LayerImpl>>>();
  model.save_weights(path);
  io::ArrayGroup file = io::read_hdf5(path);
  std::erase_if(file.group_at("layers/own").groups, [](const io::NamedGroup& group) { return group.first == "_own"; });
  io::write_atomically(path, io::hdf5_content(file));
  CHECK_THROWS_WITH(model.load_weights(path), Contains("missing: layers/own/_own/vars/0 (kernel) [3, 3]"));
}

TEST_CASE("layers in a list of one's own that the model does not have are too many") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.weights.h5";
  const auto of = [](int count) { return Sequential{InputLayer({3}), Handle<BlocksImpl>(count)}; };
  of(3).save_weights(path);
  CHECK_THROWS_WITH(of(2).load_weights(path), Contains("extra: layers/blocks/blocks/dense_2/vars/0 [3, 3]"));
}

// As Keras calls the second Adam of a program.
TEST_CASE("an optimizer with a number in its name is the same") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.weights.h5";
  const Sequential model{InputLayer({3}), Dense(2)};
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(randn({4, 3}), randn({4, 2}), {.verbose = 0});
  model.save_weights(path);
  io::ArrayGroup file = io::read_hdf5(path);
  for (auto& [name, value] : file.group_at("optimizer/vars").attributes) {
    if (name == "name") value = std::string("adam_2");
  }
  io::write_atomically(path, io::hdf5_content(file));
  const Sequential other{InputLayer({3}), Dense(2)};
  other.compile({.optimizer = "adam", .loss = "mse"});
  other.load_weights(path);
  const auto state = [](const Model& of) { return of.optimizer().variables().back().value; };
  CHECK(array_equal(state(other), state(model)));
}

}  // namespace xtape::test
