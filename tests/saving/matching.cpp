// Which weight of a file goes to which of a model.
#include <functional>
#include <iostream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

#include "catch.hpp"
#include "io/atomic_file.hpp"
#include "io/hdf5.hpp"
#include "io/zip.hpp"
#include "saving/models.hpp"
#include "source_folder.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

// What is said on std::cerr meanwhile.
std::string said(const std::function<void()>& call) {
  std::ostringstream text;
  std::streambuf* const before = std::cerr.rdbuf(text.rdbuf());
  try {
    call();
  } catch (...) {
    std::cerr.rdbuf(before);
    throw;
  }
  std::cerr.rdbuf(before);
  return text.str();
}

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

// A nested model of two layers of one shape, the first of which may be frozen.
Sequential nested(bool frozen, const std::string& first = "p") {
  const Sequential inner({layers::InputLayer({4}), layers::Dense(4, {.name = first}), layers::Dense(4, {.name = "q"})},
                         {.name = "inner"});
  const Sequential outer({layers::InputLayer({4}), inner, layers::Dense(2, {.name = "r"})});
  inner.get_layer(first).set_trainable(!frozen);
  return outer;
}

// Three layers of one shape, of which the last may have another.
Sequential unnamed(int64_t last = 4) {
  return Sequential{layers::InputLayer({4}), layers::Dense(4), layers::Dense(4), layers::Dense(last)};
}

Tensor predicted(const Model& model) { return model.predict(ones({1, 4}), {.verbose = 0}); }

}  // namespace

TEST_CASE("a file that names no optimizer, as of a model that Keras has saved twice, is of rmsprop, without state") {
  const TemporaryFolder folder;
  const Sequential model{layers::Dense(2, {.input_shape = {3}, .name = "d"})};
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(ones({4, 3}), ones({4, 2}), {.verbose = 0});
  model.save(folder / "m.keras");
  const io::ZipReader archive(folder / "m.keras");
  std::vector<std::pair<std::string, std::string>> contents;
  for (const std::string& name : archive.names()) {
    if (name.starts_with("xtape/")) continue;
    std::string content = archive.read_text(name);
    if (name == "config.json") {
      Config config = parse_json(content);
      Config::Entries compiled;
      for (const Config::Entry& entry : config.at("compile_config").entries()) {
        if (entry.name != "optimizer") compiled.push_back(entry);
      }
      config.set("compile_config", Config(std::move(compiled)));
      content = config.str();
    }
    contents.emplace_back(name, std::move(content));
  }
  std::vector<io::ZipEntry> entries;
  for (const auto& [name, content] : contents) entries.push_back({name, io::as_bytes(content)});
  io::write_zip(folder / "twice.keras", entries);
  std::optional<models::Model> loaded;
  CHECK_THAT(said([&] { loaded = saving::load_model(folder / "twice.keras"); }),
             Contains("the state of the optimizer is left out, and it begins anew: the file does not say which"));
  CHECK(loaded->optimizer().name().starts_with("rmsprop"));
  CHECK(array_equal(loaded->get_weights()[0], model.get_weights()[0]));
  CHECK_NOTHROW(loaded->fit(ones({4, 3}), ones({4, 2}), {.verbose = 0}));
}

TEST_CASE("frozen layers of a nested model change the order in older files, and their names tell") {
  const TemporaryFolder folder;
  for (const bool frozen : {true, false}) {
    const Sequential source = nested(frozen);
    source.save_weights(folder / "w.h5");
    source.save(folder / "m.h5");
    for (const char* file : {"w.h5", "m.h5"}) {
      for (const bool by_name : {true, false}) {
        CAPTURE(frozen, file, by_name);
        const Sequential other = nested(!frozen);
        other.load_weights(folder / file, {.by_name = by_name});
        CHECK(same(predicted(other), predicted(source)));
      }
    }
  }
}

TEST_CASE("frozen layers without names are found in older files by their numbers") {
  const TemporaryFolder folder;
  const auto make = [](bool frozen) {
    const layers::Dense p(4), q(4);
    const Sequential inner({layers::InputLayer({4}), p, q}, {.name = "inner"});
    p.set_trainable(!frozen);
    return Sequential({layers::InputLayer({4}), inner, layers::Dense(2, {.name = "r"})});
  };
  for (const bool frozen : {true, false}) {
    CAPTURE(frozen);
    const Sequential source = make(frozen), other = make(!frozen);
    source.save_weights(folder / "w.h5");
    other.load_weights(folder / "w.h5");
    CHECK(same(predicted(other), predicted(source)));
  }
}

TEST_CASE("where not all names of a layer are the same, older files of ours go by the order without anything frozen") {
  const TemporaryFolder folder;
  for (const bool frozen : {true, false}) {
    for (const bool other_frozen : {true, false}) {
      CAPTURE(frozen, other_frozen);
      const Sequential source = nested(frozen), other = nested(other_frozen, "other");
      source.save_weights(folder / "w.h5");
      other.load_weights(folder / "w.h5");
      CHECK(same(predicted(other), predicted(source)));
    }
  }
}

#ifdef XTAPE_HAVE_HDF5
namespace {

// Has another program have written the file: it does not say in which order weights are where nothing is frozen.
void make_foreign(const std::string& path) {
  io::ArrayGroup root = io::read_hdf5(path);
  for (auto& [name, value] : root.attributes) {
    if (name == "backend") value = std::string("tensorflow");
  }
  for (auto& [name, group] : root.groups) {
    std::erase_if(group.attributes, [](const auto& attribute) { return attribute.first == "xtape_order"; });
  }
  io::write_atomically(path, io::hdf5_content(root));
}

// Layers of these units and names in a model in another one.
Sequential around(const std::vector<std::pair<std::string, int64_t>>& layers) {
  std::vector<layers::Layer> inner{layers::InputLayer({4})};
  for (const auto& [name, units] : layers) inner.push_back(layers::Dense(units, {.name = name}));
  return Sequential({layers::InputLayer({4}), Sequential(inner, {.name = "inner"}), layers::Dense(2, {.name = "r"})});
}

void freeze(const Sequential& model, const std::string& name) {
  const layers::Layer inner = model.layers()[0];
  for (const auto& part : inner.impl().parts()) {
    if (part->name() == name) part->set_trainable(false);
  }
}

}  // namespace

TEST_CASE("layers of other names in older files of others are told by their shapes and numbers, or refused") {
  const TemporaryFolder folder;
  const std::string file = folder / "w.h5";
  const auto load = [&](const Sequential& source, const Sequential& model, bool skips = false) {
    source.save_weights(file);
    make_foreign(file);
    return error_of([&] { model.load_weights(file, {.skip_mismatch = skips}); });
  };
  SECTION("by shapes, whatever is frozen") {
    const Sequential source = around({{"a", 5}, {"b", 4}}), model = around({{"c", 5}, {"d", 4}});
    freeze(source, "a");
    freeze(model, "d");
    CHECK(load(source, model) == "no error");
    CHECK(same(predicted(model), predicted(source)));
  }
  SECTION("by numbers") {
    const Sequential source = around({{"dense_7", 4}, {"dense_11", 4}}), model = around({{"c", 4}, {"d", 4}});
    freeze(model, "c");
    CHECK(load(source, model) == "no error");
    CHECK(same(predicted(model), predicted(source)));
  }
  SECTION("by numbers that were given") {
    const Sequential source = around({{"conv1", 4}, {"conv2", 4}, {"conv10", 4}});
    const Sequential model = around({{"c", 4}, {"d", 4}, {"e", 4}});
    CHECK(load(source, model) == "no error");
    CHECK(same(predicted(model), predicted(source)));
  }
  SECTION("not by numbers that freezing has put in another order") {
    const Sequential source = around({{"dense_7", 4}, {"dense_11", 4}}), model = around({{"c", 4}, {"d", 4}});
    freeze(source, "dense_7");
    const Tensor before = predicted(model);
    const std::string text = load(source, model);
    CHECK_THAT(text, Contains(file) &&
                         Contains("which layer is which in \"inner\": the file has \"dense_11\", "
                                  "\"dense_7\", the model \"c\", \"d\"") &&
                         Contains("call the layers as the file does, or have the weights saved as .weights.h5"));
    CHECK(same(predicted(model), before));
    // The rest is loaded.
    const std::string words = said([&] { CHECK(load(source, model, true) == "no error"); });
    CHECK_THAT(words, Contains("the layer \"inner\" is skipped") && Contains("which layer is which"));
    CHECK(same(model.layers()[1].get_weights(), source.layers()[1].get_weights()));
  }
  SECTION("not without numbers") {
    CHECK_THAT(load(around({{"a", 4}, {"b", 4}}), around({{"c", 4}, {"d", 4}})), Contains("which layer is which"));
  }
  SECTION("what has other shapes is told one by one") {
    CHECK_THAT(load(around({{"a", 5}, {"b", 4}}), around({{"c", 5}, {"d", 3}})),
               Contains("the model has [5, 3], the file [5, 4]"));
  }
}

TEST_CASE("moving averages of a model that was all frozen are found in older files") {
  const TemporaryFolder folder;
  const std::string file = folder / "w.h5";
  const auto make = [](const std::string& first, const std::string& second) {
    return Sequential(
        {layers::InputLayer({4}), Sequential({layers::InputLayer({4}), layers::BatchNormalization({.name = first}),
                                              layers::BatchNormalization({.name = second})},
                                             {.name = "inner"})});
  };
  const Sequential source = make("batch_normalization", "batch_normalization_1"), model = make("one", "two");
  std::vector<Tensor> weights;
  for (const Tensor& weight : source.get_weights()) weights.push_back(rand(weight.shape()) + 0.5);
  source.set_weights(weights);
  source.layers()[0].set_trainable(false);
  source.save_weights(file);
  make_foreign(file);
  model.load_weights(file);
  CHECK(same(predicted(model), predicted(source)));
}
#endif

TEST_CASE("layers that were given no names are counted from the first one") {
  const TemporaryFolder folder;
  for (const char* file : {"w.safetensors", "w.npz"}) {
    CAPTURE(file);
    const Sequential source = unnamed();
    source.save_weights(folder / file);
    // dense, dense_1, dense_2 beside dense_1, dense_2, dense_3: two names in common.
    const auto shifted = [&](int64_t last) {
      io::NamedTensors arrays;
      const std::vector<Tensor> weights = source.get_weights();
      const Sequential model = unnamed(last);
      std::vector<std::string> names;
      for (const layers::Layer& layer : model.layers()) names.push_back(layer.name());
      const std::string first = "dense_" + std::to_string(std::stoi(names[0].substr(6)) - 1);
      const std::vector<std::string> there{first, names[0], names[1]};
      for (std::size_t i = 0; i < 3; ++i) {
        arrays.emplace_back(there[i] + "/kernel", weights[2 * i]);
        arrays.emplace_back(there[i] + "/bias", weights[2 * i + 1]);
      }
      if (std::string(file) == "w.npz") {
        io::save_npz(folder / file, arrays);
      } else {
        io::save_safetensors(folder / file, arrays);
      }
      return model;
    };
    const Sequential model = shifted(4);
    model.load_weights(folder / file);
    CHECK(same(model.get_weights(), source.get_weights()));

    const Sequential other = shifted(5);
    CHECK_THAT(error_of([&] { other.load_weights(folder / file); }), Contains("[4, 5]"));
    const Tensor before = other.get_weights()[4];
    const std::string skipped = said([&] { other.load_weights(folder / file, {.skip_mismatch = true}); });
    CHECK_THAT(skipped, Contains("[4, 5]"));
    CHECK(same(other.get_weights()[0], source.get_weights()[0]));
    CHECK(same(other.get_weights()[2], source.get_weights()[2]));
    CHECK(same(other.get_weights()[4], before));
  }
}

TEST_CASE("some layers may have names, and others be counted") {
  const TemporaryFolder folder;
  const auto make = [] {
    return Sequential{layers::InputLayer({3, 4}), layers::Dense(4, {.name = "hidden"}),
                      layers::Bidirectional(layers::GRU(2)), layers::Dense(4), layers::BatchNormalization()};
  };
  for (const char* file : {"w.safetensors", "w.npz"}) {
    const Sequential source = make(), other = make();
    source.save_weights(folder / file);
    other.load_weights(folder / file);
    CHECK(same(other.get_weights(), source.get_weights()));
  }
}

TEST_CASE("names that were given are not counted") {
  const TemporaryFolder folder;
  const auto make = [](const std::string& first, const std::string& second) {
    return Sequential{layers::InputLayer({4}), layers::Dense(4, {.name = first}), layers::Dense(4, {.name = second})};
  };
  const Sequential source = make("dense_1", "dense_2"), swapped = make("dense_2", "dense_1");
  source.save_weights(folder / "w.npz");
  swapped.load_weights(folder / "w.npz");
  CHECK(same(swapped.get_weights()[0], source.get_weights()[2]));
  make("hidden_1", "hidden_2").save_weights(folder / "hidden.npz");
  const Sequential other = make("hidden_2", "hidden_3");
  const std::string text = error_of([&] { other.load_weights(folder / "hidden.npz"); });
  CHECK_THAT(text, Contains("missing: hidden_3/kernel [4, 4]") && Contains("extra: hidden_1/kernel [4, 4]"));
}

TEST_CASE("names as programs make them, which a model of a configuration has, are counted") {
  const TemporaryFolder folder;
  const auto read = [](int first) {
    std::vector<layers::Layer> made{layers::InputLayer({4})};
    for (int i = first; i < first + 3; ++i) {
      made.push_back(layers::Dense(4, {.name = i == 0 ? "dense" : "dense_" + std::to_string(i)}));
    }
    return models::model_from_json(Sequential(made).to_json());
  };
  for (const char* file : {"w.safetensors", "w.npz"}) {
    for (const bool skips : {false, true}) {
      CAPTURE(file, skips);
      const Model source = read(1), other = read(0);
      source.save_weights(folder / file);
      other.load_weights(folder / file, {.skip_mismatch = skips});
      CHECK(same(other.get_weights(), source.get_weights()));
    }
  }
}

TEST_CASE("layers are not taken for others where their names and numbers say otherwise") {
  const TemporaryFolder folder;
  const auto read = [](int first, int count) {
    std::vector<layers::Layer> made{layers::InputLayer({4})};
    for (int i = first; i < first + count; ++i) {
      made.push_back(layers::Dense(4, {.name = i == 0 ? "dense" : "dense_" + std::to_string(i)}));
    }
    return models::model_from_json(Sequential(made).to_json());
  };
  for (const char* file : {"w.safetensors", "w.npz"}) {
    CAPTURE(file);
    const Model source = read(1, 4), other = read(0, 3);
    source.save_weights(folder / file);
    const std::vector<Tensor> before = other.get_weights();
    for (const bool skips : {false, true}) {
      CHECK_THAT(error_of([&] { other.load_weights(folder / file, {.skip_mismatch = skips}); }),
                 Contains("which layer is which: \"dense_1/kernel\" is \"dense_1/kernel\" of the file by its name, and "
                          "counted by class \"dense_2/kernel\"") &&
                     Contains("give them names, or take .weights.h5"));
    }
    CHECK(same(other.get_weights(), before));
    // Here they say the same.
    const Model longer = read(1, 5);
    said([&] { longer.load_weights(folder / file, {.skip_mismatch = true}); });
    CHECK(same(longer.get_weights()[6], source.get_weights()[6]));
  }
}

TEST_CASE("layers of a Bidirectional are known by where they are, not by their names") {
  const TemporaryFolder folder;
  const auto make = [](const std::string& name) {
    return Sequential{layers::InputLayer({4}), layers::Dense(4, {.name = name}),
                      layers::Dense(4, {.name = "forward_dense_9"})};
  };
  make("forward_dense_2").save_weights(folder / "w.npz");
  CHECK_THAT(error_of([&] { make("forward_dense_3").load_weights(folder / "w.npz"); }),
             Contains("missing: forward_dense_3/kernel [4, 4]"));
}

TEST_CASE("a model of more unnamed layers than the file has is told how they are found") {
  const TemporaryFolder folder;
  const Sequential source = unnamed(), other{layers::InputLayer({4}), layers::Dense(4), layers::Dense(4)};
  source.save_weights(folder / "w.safetensors");
  CHECK_THAT(error_of([&] { other.load_weights(folder / "w.safetensors"); }),
             Contains("load_weights: " + folder / "w.safetensors") && Contains("extra: ") &&
                 Contains("give them names, or take .weights.h5"));
}

TEST_CASE("weights of LayerNormalization have the shape of the model, or that of older releases") {
  const TemporaryFolder folder;
  const auto make = [](const Shape& shape, const Axes& axes) {
    return Sequential{layers::InputLayer(shape), layers::LayerNormalization({.axis = axes, .name = "n"})};
  };
  const Sequential source = make({3, 4}, {1, 2}), other = make({4, 3}, {1, 2});
  for (const char* file : {"w.weights.h5", "w.h5", "w.safetensors", "w.npz"}) {
    CAPTURE(file);
    source.save_weights(folder / file);
    const std::string text = error_of([&] { other.load_weights(folder / file); });
    CHECK_THAT(text, Contains("the model has [4, 3], the file [3, 4]"));
    // Not with axes that an older release had given in that order: the file is ours.
    CHECK_THAT(error_of([&] { make({4, 3}, {2, 1}).load_weights(folder / file); }), Contains("other shape"));
  }
}

TEST_CASE("numbers that the type of a weight does not hold are refused, integers become floating ones") {
  const TemporaryFolder folder;
  const Sequential model({layers::InputLayer({2}), layers::Dense(2, {.name = "d"})});
  const auto load = [&](const Tensor& kernel, const Tensor& bias) {
    io::save_npz(folder / "w.npz", {{"d/kernel", kernel}, {"d/bias", bias}});
    return error_of([&] { model.load_weights(folder / "w.npz"); });
  };
  CHECK(load(arange(4).reshape({2, 2}), tensor({true, false})) == "no error");
  CHECK(model.get_weights()[0].to_vector<float>() == std::vector<float>{0, 1, 2, 3});
  CHECK(model.get_weights()[1].to_vector<float>() == std::vector<float>{1, 0});
  CHECK_THAT(load(full({2, 2}, 1e300, float64), zeros({2})),
             Contains("out of range: d/kernel: the model has float32, the file float64"));
  CHECK(model.get_weights()[0].to_vector<float>() == std::vector<float>{0, 1, 2, 3});
  // What is infinite stays so.
  CHECK(load(full({2, 2}, std::numeric_limits<double>::infinity(), float64), full({2}, 0.1, float64)) == "no error");
}

TEST_CASE("files that are called as others say what they are") {
  const TemporaryFolder folder;
  const Sequential model({layers::InputLayer({2}), layers::Dense(2, {.name = "d"})});
  model.save(folder / "zip.h5", {.format = "keras"});
  model.save(folder / "hdf5.keras", {.format = "h5"});
  CHECK_THAT(error_of([&] { load_model(folder / "zip.h5"); }),
             Contains("load_model: " + folder / "zip.h5") && Contains("found a zip archive, as .keras"));
  CHECK_THAT(error_of([&] { model.load_weights(folder / "zip.h5"); }), Contains("found a zip archive, as .keras"));
  CHECK_THAT(error_of([&] { load_model(folder / "hdf5.keras"); }),
             Contains("load_model: " + folder / "hdf5.keras") && Contains("found an HDF5 file, as .h5"));
  model.save_weights(folder / "safetensors.npz", {.format = "safetensors"});
  model.save_weights(folder / "safetensors.h5", {.format = "safetensors"});
  model.save_weights(folder / "zip.safetensors", {.format = "npz"});
  model.save_weights(folder / "hdf5.safetensors", {.format = "h5"});
  for (const auto& [file, kind] :
       {std::pair("safetensors.npz", "found a safetensors file"),
        std::pair("safetensors.h5", "found a safetensors file"), std::pair("zip.safetensors", "found a zip archive"),
        std::pair("hdf5.safetensors", "found an HDF5 file")}) {
    CAPTURE(file);
    const std::string path = folder / file;
    CHECK_THAT(error_of([&] { model.load_weights(path); }), Contains(path) && Contains(kind));
  }
  // Both formats of weights are of HDF5, and are told by what is in them.
  model.save_weights(folder / "older.weights.h5", {.format = "h5"});
  model.save_weights(folder / "newer.h5", {.format = "weights.h5"});
  for (const char* file : {"older.weights.h5", "newer.h5"}) {
    const Model other = models::clone_model(model);
    other.load_weights(folder / file);
    CHECK(same(other.get_weights(), model.get_weights()));
  }
}

TEST_CASE("copies of what Keras 3.16 saved pass no masks either, and weights of it say so") {
  const std::string golden = source_folder() + "/golden/data/files/v3_16_0/embedding_text";
  const Model model = load_model(golden + ".keras");
  const Tensor x = io::load_npy(golden + ".x0.npy"), expected = model.predict(x, {.verbose = 0});
  const auto predicted_by = [&](const Model& copy) {
    copy.set_weights(model.get_weights());
    return copy.predict(x, {.verbose = 0});
  };
  CHECK(same(predicted_by(models::clone_model(model)), expected));
  const auto clone = [](const layers::Layer& layer) { return layers::clone(layer); };
  CHECK(same(predicted_by(models::clone_model(model, {.clone_function = clone})), expected));

  const Model passes = models::model_from_json(model.to_json());
  const std::string text = said([&] { passes.load_weights(golden + ".keras"); });
  CHECK_THAT(text, Contains("load_weights: " + golden + ".keras") && Contains("recurrent layers give no masks"));
  CHECK(said([&] { models::clone_model(model).load_weights(golden + ".keras"); }).empty());
}

}  // namespace xtape::test
