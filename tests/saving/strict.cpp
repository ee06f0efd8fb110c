#include <filesystem>
#include <functional>
#include <iostream>
#include <string>

#include "catch.hpp"
#include "saving/models.hpp"
#include "support/captured_text.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

std::string text_of_error(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("weights that do not fit are one error that lists them all, and nothing changes") {
  const TemporaryFolder folder;
  const Sequential one({layers::InputLayer({3}), layers::Dense(4, {.name = "a"}), layers::Dense(6, {.name = "b"}),
                        layers::BatchNormalization({.name = "n"})});
  const Sequential source({layers::InputLayer({3}), layers::Dense(4, {.name = "a"}), layers::Dense(5, {.name = "b"}),
                           layers::Dense(2, {.name = "d"})});
  for (const char* file : {"w.weights.h5", "w.safetensors", "w.npz", "w.h5"}) {
    INFO(file);
    source.save_weights(folder / file);
    const std::vector<Tensor> before = one.get_weights();
    const std::string text = text_of_error([&] { one.load_weights(folder / file); });
    CHECK_THAT(text, Contains(file));
    CHECK_THAT(text, Contains("other shape"));
    CHECK_THAT(text, Contains("[4, 6]"));
    CHECK_THAT(text, Contains("[4, 5]"));
    CHECK(same(one.get_weights(), before));
    if (std::string(file) == "w.h5") continue;  // by order: the third layer is another one
    CHECK_THAT(text, Contains("missing"));
    CHECK_THAT(text, Contains("gamma"));
    CHECK_THAT(text, Contains("extra"));
  }
}

TEST_CASE("a file of more layers than the model has is refused") {
  const TemporaryFolder folder;
  const Sequential two({layers::InputLayer({5, 3}), layers::GRU(4, {.return_sequences = true}), layers::GRU(4)});
  const Sequential one({layers::InputLayer({5, 3}), layers::GRU(4)});
  for (const char* file : {"w.weights.h5", "w.h5"}) {
    two.save_weights(folder / file);
    CHECK_THAT(text_of_error([&] { one.load_weights(folder / file); }), Contains("extra"));
    one.save_weights(folder / file);
    CHECK_THAT(text_of_error([&] { two.load_weights(folder / file); }), Contains("missing"));
  }
}

TEST_CASE("skip_mismatch leaves layers that do not fit, by_name takes those of a name") {
  const TemporaryFolder folder;
  const Sequential source({layers::InputLayer({3}), layers::Dense(4, {.name = "a"}), layers::Dense(5, {.name = "b"})});
  const Sequential other({layers::InputLayer({3}), layers::Dense(4, {.name = "a"}), layers::Dense(6, {.name = "b"})});
  for (const char* file : {"w.weights.h5", "w.h5"}) {
    source.save_weights(folder / file);
    const std::vector<Tensor> before = other.get_weights();
    other.load_weights(folder / file, {.skip_mismatch = true});
    CHECK(same(other.get_weights()[0], source.get_weights()[0]));
    CHECK(same(other.get_weights()[2], before[2]));
  }
  const Sequential renamed({layers::InputLayer({3}), layers::Dense(4, {.name = "x"}), layers::Dense(5, {.name = "b"})});
  const std::vector<Tensor> before = renamed.get_weights();
  renamed.load_weights(folder / "w.h5", {.by_name = true});
  CHECK(same(renamed.get_weights()[0], before[0]));
  CHECK(same(renamed.get_weights()[2], source.get_weights()[2]));
  CHECK_THROWS_WITH(other.load_weights(folder / "w.weights.h5", {.by_name = true}), Contains("by_name"));
}

TEST_CASE("formats are said by the name of the file or by the option") {
  const TemporaryFolder folder;
  const Sequential model({layers::InputLayer({3}), layers::Dense(4)});
  CHECK_THROWS_WITH(model.save(folder / "model.bin"), Contains("ends with none of \"keras\", \"h5\", \"hdf5\""));
  CHECK_THROWS_WITH(model.save(folder / "model.bin", {.format = "onnx"}), Contains("unknown format \"onnx\""));
  model.save(folder / "model.bin", {.format = "keras"});
  CHECK(same(load_model(folder / "model.bin", {.format = "keras"}).get_weights(), model.get_weights()));
  CHECK_THROWS_WITH(model.save(folder / "model.bin", {.format = "keras", .overwrite = false}), Contains("is there"));
  CHECK_THROWS_WITH(Sequential({layers::Dense(2)}).save(folder / "m.keras"), Contains("not built"));
  CHECK_THROWS_AS(load_model(folder / "none.keras"), IOError);
  folder.write("text.keras", "no archive");
  CHECK_THROWS_AS(load_model(folder / "text.keras"), FormatError);
  folder.write("text.h5", "no HDF5");
  CHECK_THROWS_AS(load_model(folder / "text.h5"), FormatError);
}

TEST_CASE("the state of another optimizer is left out") {
  const TemporaryFolder folder;
  const Sequential model({layers::InputLayer({3}), layers::Dense(4)}),
      other({layers::InputLayer({3}), layers::Dense(4)});
  model.compile({.optimizer = optimizers::SGD({.momentum = 0.9}), .loss = "mse"});
  other.compile({.optimizer = optimizers::RMSprop(), .loss = "mse"});
  model.fit(randn({8, 3}), randn({8, 4}), {.verbose = 0});
  model.save_weights(folder / "w.weights.h5");
  other.load_weights(folder / "w.weights.h5");
  CHECK(same(other.get_weights(), model.get_weights()));
  CHECK(other.optimizer().iterations() == 0);
}

TEST_CASE("by_name says so where no name is the same") {
  const TemporaryFolder folder;
  const Sequential one({layers::InputLayer({4}), layers::Dense(4, {.name = "a"}), layers::ReLU({.name = "same"})}),
      other({layers::InputLayer({4}), layers::Dense(4, {.name = "b"}), layers::ReLU({.name = "same"})});
  one.save_weights(folder / "w.h5");
  const std::vector<Tensor> before = other.get_weights();
  const CapturedText said(std::cerr);
  other.load_weights(folder / "w.h5", {.by_name = true});
  CHECK_THAT(said.text(), Contains("by_name: nothing is loaded") && Contains("the model has b, the file a"));
  CHECK(same(other.get_weights(), before));
}

TEST_CASE("models in one another so deep that they would not be read are not written") {
  const TemporaryFolder folder;
  const auto nested = [](int depth) {
    Sequential model({layers::InputLayer({2}), layers::Dense(2)});
    for (int i = 0; i < depth; ++i) {
      model = Sequential({layers::InputLayer({2}), model}, {.name = "level_" + std::to_string(i)});
    }
    return model;
  };
  const Tensor x = randn({3, 2});
  for (const char* file : {"model.keras", "model.h5", "w.weights.h5", "w.safetensors", "w.npz"}) {
    const bool is_whole = std::string(file).starts_with("model");
    bool was_refused = false;
    for (const int depth : {20, 29, 30, 31, 32, 50, 60, 65, 66, 67, 80}) {
      INFO(file << ", " << depth << " levels");
      const Sequential model = nested(depth);
      const std::string text = text_of_error([&] {
        if (is_whole) {
          model.save(folder / file);
        } else {
          model.save_weights(folder / file);
        }
      });
      if (text != "no error") {
        CHECK_THAT(text, Contains("would not be read again") && Contains(".safetensors"));
        was_refused = true;
        continue;
      }
      CHECK_FALSE(was_refused);
      const Model again = is_whole ? load_model(folder / file) : Model(nested(depth));
      if (!is_whole) again.load_weights(folder / file);
      CHECK(same(again.predict(x, {.verbose = 0}), model.predict(x, {.verbose = 0})));
    }
    CHECK(was_refused == (is_whole || std::string(file) == "w.weights.h5"));
  }
}

TEST_CASE("names that are no UTF-8 are refused as they are written") {
  const TemporaryFolder folder;
  const Sequential model({layers::InputLayer({4}), layers::Dense(2, {.name = "\xff\xfe"})});
  for (const char* file : {"model.keras", "model.h5"}) {
    CHECK_THROWS_WITH(model.save(folder / file), Contains("in UTF-8") && Contains("\\xff\\xfe"));
  }
  for (const char* file : {"w.weights.h5", "w.h5", "w.safetensors", "w.npz"}) {
    CHECK_THROWS_WITH(model.save_weights(folder / file), Contains("in UTF-8") && Contains("\\xff\\xfe"));
  }
}

TEST_CASE("names of layers without weights are UTF-8 too") {
  const TemporaryFolder folder;
  const Sequential inner({layers::InputLayer({4}), layers::Dropout(0.5, {.name = "\xff"})}),
      model({layers::InputLayer({4}), inner, layers::Dense(2)});
  CHECK_THROWS_WITH(model.save(folder / "model.keras"), Contains("in UTF-8") && Contains("\\xff"));
  CHECK_THROWS_WITH(model.save(folder / "model.h5"), Contains("in UTF-8") && Contains("\\xff"));
}

TEST_CASE("more layers than are read are not written") {
  const TemporaryFolder folder;
  Sequential model;
  model.add(layers::InputLayer({1}));
  for (int i = 0; i < 1 << 15; ++i) model.add(layers::ReLU());
  CHECK_THROWS_WITH(model.save(folder / "model.keras"), Contains("expected at most 32768 layers, given 32769"));
}

namespace {

struct HoldsImpl : layers::LayerImpl {
  struct Options {
    std::string text = {};
    std::vector<int64_t> list = {};
    std::string name = {};
    void fields(Fields& f) { f("text", text)("list", list)("name", name); }
  };
  explicit HoldsImpl(Options given) : LayerImpl({.name = given.name}), options(std::move(given)) {}
  void fields(Fields& f) override { options.fields(f); }
  Tensor call(const Tensor& x) { return x; }
  Options options;
};
using Holds = layers::Handle<HoldsImpl>;

}  // namespace

TEST_CASE("a configuration that is longer than those that are read is not written") {
  layers::register_layer<Holds>({.package = "strict"});
  const TemporaryFolder folder;
  const Sequential long_text{layers::InputLayer({2}), Holds({.text = std::string((64 << 20) + 1, 'x')})};
  const Sequential many_values{layers::InputLayer({2}), Holds({.list = std::vector<int64_t>(1 << 22)})};
  for (const char* file : {"m.keras", "m.h5"}) {
    CHECK_THROWS_WITH(long_text.save(folder / file), Contains(" bytes would not be read again: at most 67108864 are"));
    CHECK_THROWS_WITH(many_values.save(folder / file),
                      Contains(" values would not be read again: at most 4194304 are"));
    CHECK_FALSE(std::filesystem::exists(folder / file));
  }
}

TEST_CASE("a path with a zero byte is refused, not cut off there") {
  const TemporaryFolder folder;
  const Sequential model({layers::InputLayer({4}), layers::Dense(2)});
  const auto path = [&](const std::string& end) { return folder / "a" + std::string(1, '\0') + "b" + end; };
  const auto refused = [&](const std::function<void()>& call) {
    CHECK_THROWS_AS(call(), ValueError);
    CHECK_THROWS_WITH(call(), Contains("a path has no zero byte") && Contains("a\\0b"));
  };
  refused([&] { model.save(path(".keras")); });
  refused([&] { model.save(path(".h5"), {.overwrite = false}); });
  refused([&] { model.save_weights(path(".npz")); });
  refused([&] { model.load_weights(path(".safetensors")); });
  refused([&] { load_model(path(".keras")); });
  refused([&] { saving::inspect(path(".keras")); });
  refused([&] { saving::load_torch_weights(model, path(".pt")); });
  refused([&] { callbacks::ModelCheckpoint(path(".keras")); });
  refused([&] { callbacks::CSVLogger(path(".csv")); });
  refused([&] { callbacks::History().to_csv(path(".csv")); });
  refused([&] { utils::plot_model(model, path(".dot")); });
  refused([&] { plots::images(zeros({1, 2, 2}), path(".svg")); });
  refused([&] { io::save_npy(path(".npy"), zeros({2})); });
  refused([&] { io::load_npy(path(".npy")); });
  refused([&] { io::load_idx(path("")); });
  refused([&] { datasets::mnist::load_data({.directory = path("")}); });
  CHECK(std::filesystem::is_empty(folder.path()));
}

}  // namespace xtape::test
