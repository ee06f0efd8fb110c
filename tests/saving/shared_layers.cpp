// One layer at several places of a model: in models in it, in wrappers, and in the model itself.
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/config_place.hpp>
#include <xtape/json.hpp>

#include "catch.hpp"
#include "io/atomic_file.hpp"
#include "io/hdf5.hpp"
#include "io/zip.hpp"
#include "io/zip_bytes.hpp"
#include "saving/backups.hpp"
#include "saving/models.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

using namespace layers;

// A model that has the layer inside, of 4 numbers.
Model around(const Layer& layer, const std::string& name = "inner") {
  const Symbol x = Input({4});
  return Model(x, layer(x), {.name = name});
}

Model outer(const Symbol& x, const Symbol& y) { return Model(x, y, {.name = "outer"}); }

Example in_both() {
  const Dense tied(4, {.name = "tied"});
  const Symbol x = Input({4});
  return {"in a model and around it", outer(x, tied(around(tied)(x))), {randn({6, 4})}};
}

std::vector<Example> shared_examples() {
  std::vector<Example> all{in_both()};
  const Symbol x = Input({4}), steps = Input({3, 4});
  {
    const Dense tied(4, {.name = "tied"});
    all.push_back({"before the model", outer(x, around(tied)(tied(x))), {randn({6, 4})}});
  }
  {
    const Dense tied(4, {.name = "tied"});
    const Sequential one({InputLayer({4}), tied}, {.name = "one"}),
        other({InputLayer({4}), tied, Dense(3)}, {.name = "other"});
    all.push_back({"in two models", outer(x, Concatenate()({one(x), other(x)})), {randn({6, 4})}});
  }
  {
    const Dense tied(4, {.name = "tied"});
    const Sequential one({InputLayer({4}), tied}, {.name = "one"}),
        other({InputLayer({4}), tied, ReLU()}, {.name = "other"});
    all.push_back({"in two models one behind the other", Sequential({InputLayer({4}), one, other}), {randn({6, 4})}});
  }
  {
    const Dense tied(4, {.name = "tied"});
    const Symbol mean = GlobalAveragePooling1D()(steps);
    const Symbol each = Flatten()(TimeDistributed(tied, {.name = "steps"})(steps));
    all.push_back({"in a wrapper", outer(steps, Concatenate()({each, tied(mean)})), {randn({6, 3, 4})}});
  }
  {
    const Model inner = around(Dense(4, {.name = "dense"}));
    const Symbol mean = GlobalAveragePooling1D()(steps);
    const Symbol each = Flatten()(TimeDistributed(inner, {.name = "steps"})(steps));
    all.push_back({"a model in a wrapper", outer(steps, Concatenate()({each, inner(mean)})), {randn({6, 3, 4})}});
  }
  {
    const LSTMCell cell(4, {.name = "cell"});
    const RNN one(cell, {.return_sequences = true, .name = "one"}), other(cell, {.name = "other"});
    all.push_back({"a cell", outer(steps, other(one(steps))), {randn({6, 3, 4})}});
  }
  {
    const LSTM backward(4, {.go_backwards = true, .name = "backward"});
    const Bidirectional both(LSTM(4), {.backward_layer = backward, .name = "both"});
    all.push_back(
        {"a backward layer", outer(steps, Concatenate()({both(steps), backward(steps)})), {randn({6, 3, 4})}});
  }
  {
    const BatchNormalization norm({.name = "norm"});
    const Dropout drop(0.3, {.seed = 5, .name = "drop"});
    const Model inner(x, drop(norm(x)), {.name = "inner"});
    const Symbol y = Input({4});
    all.push_back({"statistics and random numbers", outer(y, drop(norm(Dense(4)(inner(y))))), {randn({6, 4})}});
  }
  return all;
}

// A layer in two models that are in one, of which .h5 has no weights for Keras.
Example in_models_of_one() {
  const Dense tied(4, {.name = "tied"});
  const Model inner = around(tied);
  const Symbol x = Input({4}), y = Input({4});
  const Model middle(x, tied(inner(x)), {.name = "middle"});
  return {"in three models", outer(y, Add()({tied(y), middle(inner(y))})), {randn({6, 4})}};
}

void train(const Model& model, const Tensor& x, int64_t epochs) {
  set_random_seed(5);
  model.fit(x, zeros(model.predict(x, {.verbose = 0}).shape()), {.batch_size = 2, .epochs = epochs, .verbose = 0});
}

void check_goes_on(const Example& example, const char* name) {
  CAPTURE(example.name, name);
  const TemporaryFolder folder;
  const Model& model = example.model;
  const Tensor& x = example.x.front();
  model.compile({.optimizer = "adam", .loss = "mse"});
  train(model, x, 2);
  model.save(folder / name, {.self_test = true});
  const Model loaded = load_model(folder / name);
  CHECK(loaded.weights().size() == model.weights().size());
  CHECK(same(loaded.predict(x, {.verbose = 0}), model.predict(x, {.verbose = 0})));
  CHECK(loaded.optimizer().iterations() == model.optimizer().iterations());
  // The same once more.
  loaded.save(folder / name);
  const Model again = load_model(folder / name);
  train(model, x, 3);
  train(again, x, 3);
  CHECK(same(again.get_weights(), model.get_weights()));
  CHECK(again.get_weights().size() == model.get_weights().size());
}

std::vector<std::pair<std::string, std::string>> entries_of(const std::string& path) {
  const io::ZipReader archive(path);
  std::vector<std::pair<std::string, std::string>> entries;
  for (const std::string& name : archive.names()) entries.emplace_back(name, archive.read_text(name, 1 << 24));
  return entries;
}

// A copy of the file with that note of what is one layer, or without one.
std::string with_note(const TemporaryFolder& folder, const std::string& path, const std::string& note) {
  std::vector<RawEntry> entries;
  for (const auto& [name, text] : entries_of(path)) {
    if (name != "xtape/state.json") {
      entries.push_back(stored_entry(name, text));
      continue;
    }
    Config::Entries state = parse_json(text).entries();
    std::erase_if(state, [](const Config::Entry& each) { return each.name == "shared_layers"; });
    if (!note.empty()) state.push_back({"shared_layers", parse_json(note)});
    entries.push_back(stored_entry(name, to_json(Config(std::move(state)))));
  }
  return folder.write("noted.keras", zip_bytes(entries));
}

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const FormatError& error) {
    return std::string("FormatError ") + error.what();
  } catch (const ValueError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a layer at several places is one again, and its training goes on, bit for bit") {
  for (const char* name : {"model.keras", "model.h5"}) {
    for (const Example& example : shared_examples()) check_goes_on(example, name);
  }
  check_goes_on(in_models_of_one(), "model.keras");
}

TEST_CASE("a cell that is twice in one layer is one again") {
  const LSTMCell cell(4, {.name = "cell"});
  const Symbol x = Input({3, 4});
  check_goes_on({"stacked", outer(x, RNN(StackedRNNCells({cell, cell}), {.name = "rnn"})(x)), {randn({6, 3, 4})}},
                "model.keras");
}

TEST_CASE("weights of a layer at several places are at all of them, where Keras reads two layers") {
  const TemporaryFolder folder;
  const Example example = in_both();
  const std::string path = folder / "model.keras";
  example.model.save(path);
  for (const auto& [name, text] : entries_of(path)) {
    if (name == "config.json") CHECK_THAT(text, !Contains("shared_object_id"));
    if (name == "xtape/state.json") {
      CHECK_THAT(text, Contains(R"("shared_layers":[[["outer","inner","tied"],["outer","tied"]]])"));
    }
    if (name != "model.weights.h5") continue;
    const io::ArrayGroup weights =
        io::read_hdf5_image({reinterpret_cast<const std::byte*>(text.data()), text.size()}, "weights", 1 << 24);
    for (const char* place : {"layers/functional/layers/dense/vars", "layers/dense/vars"}) {
      const io::ArrayGroup* const group = weights.find_group(place);
      REQUIRE(group);
      REQUIRE(group->arrays.size() == 2);
      CHECK(same(group->arrays[0].second, example.model.weights()[0].value));
    }
  }
  // Models without such layers have no such note.
  around(Dense(2)).save(path);
  for (const auto& [name, text] : entries_of(path)) {
    if (name == "xtape/state.json") CHECK_THAT(text, !Contains("shared_layers"));
  }
}

TEST_CASE("weights alone go into a model with the same shared layers") {
  for (const char* name : {"w.weights.h5", "w.h5", "w.safetensors", "w.npz"}) {
    CAPTURE(name);
    const TemporaryFolder folder;
    const Example from = in_both(), to = in_both();
    from.model.save_weights(folder / name);
    to.model.load_weights(folder / name);
    CHECK(same(to.model.get_weights(), from.model.get_weights()));
  }
  const TemporaryFolder folder;
  const Example from = in_both(), to = in_both();
  from.model.save(folder / "model.keras");
  to.model.load_weights(folder / "model.keras");
  CHECK(same(to.model.get_weights(), from.model.get_weights()));
}

TEST_CASE("weights at one of the places are enough, at none are missing, and two that differ are an error") {
  const TemporaryFolder folder;
  const std::string path = folder / "w.weights.h5", inner = "layers/functional/layers/dense/vars",
                    own = "layers/dense/vars";
  const auto write = [&](const std::vector<std::pair<std::string, Tensor>>& kernels) {
    io::ArrayGroup file;
    file.group_at("layers");
    for (const auto& [place, kernel] : kernels) {
      file.add_array(place + "/0", kernel);
      file.add_array(place + "/1", zeros({4}));
    }
    io::write_atomically(path, io::hdf5_content(file));
  };
  const Model model = in_both().model;
  for (const std::string& place : {inner, own}) {
    CAPTURE(place);
    const Tensor kernel = randn({4, 4});
    write({{place, kernel}});
    model.load_weights(path);
    CHECK(same(model.weights()[0].value, kernel));
  }
  const std::vector<Tensor> before = model.get_weights();
  write({});
  CHECK_THAT(error_of([&] { model.load_weights(path); }),
             Contains("missing: " + inner + "/0 (kernel) [4, 4]") && !Contains("missing: " + own));
  write({{inner, ones({4, 4})}, {own, zeros({4, 4})}});
  CHECK_THAT(error_of([&] { model.load_weights(path); }),
             Contains("two values of one weight: " + inner + "/0 (kernel) and " + own + "/0 (kernel)"));
  CHECK(same(model.get_weights(), before));
  const Tensor undefined = full({4, 4}, std::nan(""));
  write({{inner, undefined}, {own, undefined}});
  CHECK(error_of([&] { model.load_weights(path); }) == "no error");
}

TEST_CASE("copies of a model share what it shares") {
  for (const Example& example : shared_examples()) {
    CAPTURE(example.name);
    const Model copy = models::clone_model(example.model);
    REQUIRE(copy.weights().size() == example.model.weights().size());
    copy.set_weights(example.model.get_weights());
    const Tensor& x = example.x.front();
    CHECK(same(copy.predict(x, {.verbose = 0}), example.model.predict(x, {.verbose = 0})));
  }
}

TEST_CASE("damaged notes of what is one layer are refused, and say which") {
  const TemporaryFolder folder;
  const Example example = in_both();
  const std::string path = folder / "model.keras";
  example.model.save(path);
  const auto error = [&](const std::string& note) {
    const std::string damaged = with_note(folder, path, note);
    const std::string text = error_of([&] { load_model(damaged); });
    if (text != "no error") CHECK_THAT(text, Contains(damaged));
    return text;
  };
  CHECK(error(R"([[["outer", "inner", "tied"], ["outer", "tied"]]])") == "no error");
  CHECK(error("[]") == "no error");
  CHECK_THAT(error(R"([[["outer", "inner", "tied"], ["outer", "dense"]]])"),
             Contains("FormatError") && Contains("there is no layer \"outer/dense\""));
  CHECK_THAT(error(R"([[["outer", "inner"], ["outer", "inner", "tied"]]])"),
             Contains("FormatError") && Contains("in itself: \"outer/inner/tied\" in \"outer/inner\""));
  CHECK_THAT(error(R"([[["outer", "inner"], ["outer", "tied"]]])"),
             Contains("FormatError") && Contains("\"outer/inner\" and \"outer/tied\" are said to be one layer"));
  CHECK_THAT(error(R"([[["outer"], ["outer", "tied"]]])"), Contains("FormatError") && Contains("in itself"));
  CHECK_THAT(error(R"([[["outer", "tied"], ["outer", "inner"]], [["outer", "tied"], ["outer"]]])"),
             Contains("FormatError") && Contains("\"outer/tied\" is said to be two layers"));
  for (const char* note : {R"([[["outer", "tied"]]])", "[[]]"}) {
    CHECK_THAT(error(note), Contains("FormatError") && Contains("expected two places and more"));
  }
  for (const char* note :
       {"3", "[3]", "[[3, 3]]", "[[[3], [4]]]", R"({"a": 1})", R"([[["outer", null], ["outer"]]])"}) {
    CHECK_THAT(error(note), Contains("FormatError") && Contains("shared_layers: expected lists of places"));
  }
  std::string very_many = R"([[["a"])";
  for (int i = 0; i < 300000; ++i) very_many += R"(,["a"])";
  CHECK_THAT(error(very_many + "]]"), Contains("FormatError") && Contains("at most 262144 places"));
  std::string deep = R"([[["outer", "tied"], ["outer")";
  for (int i = 0; i < 300; ++i) deep += R"(, "a")";
  CHECK_THAT(error(deep + "]]]"), Contains("FormatError") && Contains("at most 200 others"));
  // Without one they are two layers, with the same weights.
  const Model two = load_model(with_note(folder, path, ""));
  CHECK(two.weights().size() == 4);
  const Tensor& x = example.x.front();
  CHECK(same(two.predict(x, {.verbose = 0}), example.model.predict(x, {.verbose = 0})));
}

namespace {

// As Keras writes the model of in_both: the weights at one place, and an id in place of our note.
std::string as_keras(const TemporaryFolder& folder, const std::string& path, const std::string& id, bool has_both) {
  std::vector<RawEntry> entries;
  for (const auto& [name, text] : entries_of(path)) {
    std::string changed = text;
    if (name == "xtape/state.json") continue;
    if (name == "config.json") {
      Config model = parse_json(text), options = model.at("config");
      Config::List layers = options.at("layers").list();
      for (Config& each : layers) {
        if (each.at("name") == Config("tied") && !id.empty()) each.set("shared_object_id", parse_json(id));
      }
      options.set("layers", std::move(layers));
      model.set("config", std::move(options));
      changed = to_json(model);
    }
    if (name == "model.weights.h5" && !has_both) {
      io::ArrayGroup weights =
          io::read_hdf5_image({reinterpret_cast<const std::byte*>(text.data()), text.size()}, "weights", 1 << 24);
      std::erase_if(weights.group_at("layers").groups,
                    [](const io::NamedGroup& each) { return each.first == "dense"; });
      const std::vector<std::byte> image = io::hdf5_content(weights).joined();
      changed.assign(reinterpret_cast<const char*>(image.data()), image.size());
    }
    entries.push_back(stored_entry(name, changed));
  }
  return folder.write("keras.keras", zip_bytes(entries));
}

}  // namespace

TEST_CASE("files of Keras with a layer at several places, which Keras does not read, are read as it was") {
  const TemporaryFolder folder;
  const Example example = in_both();
  const std::string path = folder / "model.keras";
  const Model& model = example.model;
  model.compile({.optimizer = "adam", .loss = "mse"});
  train(model, example.x.front(), 2);
  model.save(path);
  const Model loaded = load_model(as_keras(folder, path, "140347255799440", false));
  CHECK(same(loaded.get_weights(), model.get_weights()));
  CHECK(loaded.optimizer().iterations() == model.optimizer().iterations());
  train(model, example.x.front(), 2);
  train(loaded, example.x.front(), 2);
  CHECK(same(loaded.get_weights(), model.get_weights()));
  // Ids alone say nothing, nor do missing weights.
  CHECK(load_model(as_keras(folder, path, "140347255799440", true), {.compile = false}).weights().size() == 4);
  CHECK_THAT(error_of([&] { load_model(as_keras(folder, path, "", false), {.compile = false}); }),
             Contains("missing: layers/dense/vars/0 (kernel) [4, 4]"));
}

TEST_CASE("checkpoints and backups of a model with a layer at several places go on") {
  const TemporaryFolder folder;
  const auto compiled = [] {
    set_random_seed(6);
    const Model model = in_both().model;
    model.compile({.optimizer = "adam", .loss = "mse"});
    return model;
  };
  const Tensor x = in_both().x.front();
  const auto fit = [&](const Model& model, const std::vector<Callback>& callbacks) {
    model.fit(x, zeros({6, 4}), {.batch_size = 2, .epochs = 4, .verbose = 0, .callbacks = callbacks});
  };
  const Model whole = compiled();
  fit(whole, {callbacks::ModelCheckpoint(folder / "whole.keras"),
              callbacks::ModelCheckpoint(folder / "w.weights.h5", {.save_weights_only = true})});
  CHECK(same(load_model(folder / "whole.keras").get_weights(), whole.get_weights()));
  const Model other = compiled();
  other.load_weights(folder / "w.weights.h5");
  CHECK(same(other.get_weights(), whole.get_weights()));

  const Model killed = compiled();
  CHECK_THROWS_AS(fit(killed, {callbacks::BackupAndRestore(folder / "backup", {.save_freq = int64_t{1}}), Kill(7)}),
                  Killed);
  const Model resumed = compiled();
  fit(resumed, {callbacks::BackupAndRestore(folder / "backup", {.save_freq = int64_t{1}})});
  CHECK(same(resumed.get_weights(), whole.get_weights()));
}

TEST_CASE("a layer that would be two when it is read is refused, and says where it is") {
  const TemporaryFolder folder;
  const Symbol x = Input({3, 4});
  const Bidirectional both(LSTM(4, {.name = "lstm"}), {.name = "both"});
  const Model model = outer(x, Concatenate()({both(x), both.forward_layer()(x)}));
  const std::string text = error_of([&] { model.save(folder / "model.keras"); });
  CHECK_THAT(text, Contains("\"forward_lstm\"") && Contains("\"outer/both/forward_lstm\"") &&
                       Contains("\"outer/forward_lstm\"") && Contains("the Bidirectional \"both\" makes its own"));
  // Weights alone are no layers.
  model.save_weights(folder / "w.weights.h5");
  model.load_weights(folder / "w.weights.h5");
}

TEST_CASE("a layer that is called for its state at one of its places alone is refused, and is two in copies") {
  const TemporaryFolder folder;
  const LSTM lstm(4, {.name = "lstm"});
  const Symbol x = Input({3, 4}), y = Input({3, 4});
  const Model inner(x, lstm(x), {.name = "inner"});
  const auto [output, hidden, carried] = lstm.with_state(y);
  const Model model = outer(y, Concatenate()({inner(y), hidden}));
  CHECK_THAT(error_of([&] { model.save(folder / "model.keras"); }),
             Contains("\"outer/inner/lstm\"") && Contains("\"outer/lstm\"") && Contains("called for its state"));
  CHECK(models::clone_model(model).weights().size() == 6);
}

TEST_CASE("so is a backward layer whose Bidirectional is called for its state") {
  const TemporaryFolder folder;
  const LSTM backward(4, {.go_backwards = true, .name = "backward"});
  const Bidirectional both(LSTM(4), {.backward_layer = backward, .name = "both"});
  const Symbol x = Input({3, 4});
  const auto [output, states] = both.with_state(x);
  const Model model = outer(x, Concatenate()({output, backward(x)}));
  CHECK_THAT(error_of([&] { model.save(folder / "model.keras"); }),
             Contains("\"outer/both/backward\"") && Contains("\"outer/backward\"") && Contains("called for its state"));
  CHECK(models::clone_model(model).weights().size() == 9);
  // Where all calls ask for it, it is one.
  const auto [alone, hidden, carried] = backward.with_state(x);
  const Model asked = outer(x, Concatenate()({output, alone, hidden}));
  asked.save(folder / "asked.keras");
  CHECK(load_model(folder / "asked.keras").weights().size() == 6);
}

TEST_CASE("cells of a layer that is called for its state stand there alone") {
  const TemporaryFolder folder;
  const Symbol x = Input({3, 4});
  const RNN stacked(StackedRNNCells({LSTMCell(4), LSTMCell(4)}));
  const auto [output, states] = stacked.with_state(x);
  const Model model = outer(x, Concatenate()({output, states[0]}));
  model.save(folder / "model.keras");
  const Model loaded = load_model(folder / "model.keras");
  const Tensor input = randn({2, 3, 4});
  CHECK(same(loaded.predict(input, {.verbose = 0}), model.predict(input, {.verbose = 0})));
  CHECK(models::clone_model(model).weights().size() == 6);
}

TEST_CASE("what a layer saves and loads itself stands in no other model") {
  const TemporaryFolder folder;
  const Example example = in_both();
  const Tensor& x = example.x.front();
  const Tensor expected = example.model.predict(x, {.verbose = 0});
  {
    const detail::ConfigPlace around("around");
    example.model.save(folder / "model.keras");
    CHECK(load_model(folder / "model.keras").weights().size() == 2);
  }
  CHECK(same(load_model(folder / "model.keras").predict(x, {.verbose = 0}), expected));
}

TEST_CASE("a layer at several places in one layer of the model is refused in .h5, which Keras would not read") {
  const TemporaryFolder folder;
  const Example example = in_models_of_one();
  CHECK_THAT(error_of([&] { example.model.save(folder / "model.h5"); }),
             Contains("\"outer/middle/inner/tied\"") && Contains("\"outer/middle/tied\"") && Contains(".keras"));
}

}  // namespace xtape::test
