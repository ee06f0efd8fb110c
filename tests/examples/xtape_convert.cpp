#include <filesystem>
#include <string>
#include <vector>

#include "address_space_limit.hpp"
#include "catch.hpp"
#include "examples/run_program.hpp"
#include "io/zip.hpp"
#include "io/zip_bytes.hpp"
#include "source_folder.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

ProgramResult run_convert(const std::string& arguments) { return run_program(XTAPE_CONVERT, arguments); }

// With the optimizer's slots, moving statistics and a seed of its own in it.
Model trained_model() {
  utils::set_random_seed(7);
  const Sequential model({layers::InputLayer({6}), layers::Dense(5, {.activation = "relu", .name = "first"}),
                          layers::BatchNormalization({.name = "norm"}), layers::Dropout(0.25, {.seed = 3}),
                          layers::Dense(2, {.name = "second"})},
                         {.name = "net"});
  model.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
  model.fit(randn({16, 6}), randn({16, 2}), {.batch_size = 4, .verbose = 0});
  return model;
}

bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!array_equal(a[i], b[i])) return false;
  }
  return true;
}

std::vector<Tensor> weights_after_training(const Model& model, const Tensor& x, const Tensor& y) {
  utils::set_random_seed(5);
  model.fit(x, y, {.batch_size = 4, .verbose = 0, .shuffle = false});
  return model.get_weights();
}

void check_succeeds(const std::string& arguments) {
  const ProgramResult result = run_convert(arguments);
  INFO(arguments << ": " << result.output);
  REQUIRE(result.status == 0);
}

void check_fails(const std::string& arguments, int status, const std::string& text) {
  const ProgramResult result = run_convert(arguments);
  INFO(arguments);
  CHECK(result.status == status);
  CHECK_THAT(result.output, Contains(text));
}

}  // namespace

TEST_CASE("xtape-convert takes whole models to each format and back, with all that trains on") {
  const TemporaryFolder folder;
  const Model model = trained_model();
  model.save(folder / "a.keras", {.self_test = true});
  model.save(folder / "a.h5");
  for (const std::string from : {"keras", "h5"}) {
    for (const std::string to : {"keras", "h5"}) {
      DYNAMIC_SECTION(from << " to " << to) {
        check_succeeds(folder / ("a." + from) + ' ' + folder / ("b." + to));
        const Model converted = load_model(folder / ("b." + to));
        CHECK(same(converted.get_weights(), model.get_weights()));
        CHECK(converted.to_json() == model.to_json());
        CHECK(converted.get_compile_config() == model.get_compile_config());
        CHECK(saving::inspect(folder / ("b." + to)).has_self_test == (from == "keras"));
        const Tensor x = randn({8, 6}), y = randn({8, 2});
        const Model original = load_model(folder / ("a." + from));
        CHECK(same(weights_after_training(converted, x, y), weights_after_training(original, x, y)));
      }
    }
  }
}

TEST_CASE("xtape-convert takes weights from each format to each other one") {
  const TemporaryFolder folder;
  const Model model = trained_model();
  folder.write("net.json", model.to_json());
  const std::vector<std::string> names = {"w.weights.h5", "w.h5", "w.safetensors", "w.npz", "m.keras"};
  for (const std::string& from : names) {
    if (from == "m.keras") {
      model.save(folder / from);
    } else {
      model.save_weights(folder / from);
    }
    for (const std::string& to : names) {
      DYNAMIC_SECTION(from << " to " << to) {
        const std::string written = folder / ("to_" + to);
        check_succeeds("--model " + folder / "net.json " + folder / from + ' ' + written +
                       (to == "m.keras" ? "" : " --weights-only"));
        const Model other = models::clone_model(model);
        REQUIRE_FALSE(same(other.get_weights(), model.get_weights()));
        other.load_weights(written);
        CHECK(same(other.get_weights(), model.get_weights()));
      }
    }
  }
}

TEST_CASE("xtape-convert copies arrays by their names where no model is needed") {
  const TemporaryFolder folder;
  const Model model = trained_model();
  model.save_weights(folder / "w.npz");
  check_succeeds(folder / "w.npz " + folder / "w.safetensors");
  check_succeeds(folder / "w.safetensors " + folder / "again.npz");
  const io::NamedTensors before = io::load_npz(folder / "w.npz"), after = io::load_npz(folder / "again.npz");
  REQUIRE(before.size() == after.size());
  for (const auto& [name, array] : before) CHECK(array_equal(after.at(name), array));

  io::save_safetensors(folder / "noted.safetensors", before, {{"origin", "a test"}});
  check_succeeds(folder / "noted.safetensors " + folder / "copy.safetensors");
  CHECK(io::load_safetensors(folder / "copy.safetensors").metadata.at(0).second == "a test");
  const ProgramResult result = run_convert(folder / "noted.safetensors " + folder / "copy.npz");
  CHECK(result.status == 0);
  CHECK_THAT(result.output, Contains("Left out: the texts of the metadata"));

  const std::string torch = source_folder() + "/golden/data/files/torch_1_13/all.pt";
  check_succeeds(torch + ' ' + folder / "torch.safetensors");
  check_succeeds(torch + ' ' + folder / "torch.npz");
  const io::NamedTensors arrays = io::load_pt(torch), npz = io::load_npz(folder / "torch.npz");
  const io::NamedTensors safetensors = io::load_safetensors(folder / "torch.safetensors").tensors;
  REQUIRE(npz.size() == arrays.size());
  for (const auto& [name, array] : arrays) {
    CHECK(array_equal(npz.at(name), array));
    CHECK(array_equal(safetensors.at(name), array));
  }
}

TEST_CASE("xtape-convert takes weights of PyTorch into a model, by a map that it proposes") {
  const TemporaryFolder folder;
  // A convolution and a Linear behind a flattened image, whose features have another order there.
  const std::string torch = source_folder() + "/golden/data/files/torch_1_13/layers.pt";
  const io::NamedTensors tensors = io::load_pt(torch);
  const Tensor &x = tensors.at("flat.x"), &y = tensors.at("flat.y");
  const Sequential model{layers::InputLayer({4, 5, 2}), layers::Conv2D(3, 2, {.name = "c"}), layers::Flatten(),
                         layers::Dense(3, {.name = "head"})};
  folder.write("net.json", model.to_json());
  const std::string of_flat = " --prefix flat.state --model " + folder / "net.json ";
  const ProgramResult proposed = run_convert("map " + torch + of_flat);
  CHECK(proposed.status == 0);
  CHECK_THAT(proposed.output, Contains("{\"conv\", \"c\"},") && Contains("{\"fc\", \"head\"},"));

  const auto computes_the_same = [&](const std::string& file) {
    const Tensor predicted = load_model(folder / file).predict(x, {.verbose = 0});
    return predicted.shape() == y.shape() && abs(predicted - y).max().item() < 1e-5;
  };
  check_succeeds(torch + of_flat + "--map conv=c " + folder / "a.keras --map fc=head");
  CHECK(computes_the_same("a.keras"));
  // Shapes leave one way alone.
  check_succeeds(torch + of_flat + folder / "b.h5");
  CHECK(computes_the_same("b.h5"));
  io::NamedTensors flat;
  for (const auto& [name, tensor] : tensors) {
    if (name.starts_with("flat.state.")) flat.emplace_back(name.substr(11), tensor);
  }
  io::save_safetensors(folder / "flat.safetensors", flat);
  check_succeeds(folder / "flat.safetensors --model " + folder / "net.json --map conv=c --map fc=head " +
                 folder / "c.keras");
  CHECK(computes_the_same("c.keras"));

  check_fails(torch + of_flat + "--map conv=c --map fc=none " + folder / "d.keras", 1, "none");
  check_fails(torch + of_flat + "--map conv " + folder / "d.keras", 2, "--map: expected module=layer, given conv");
  check_fails(torch + " --map conv=c " + folder / "d.keras", 2,
              "--map, --prefix, --flattened and --unflattened are for weights of");
  check_fails("map " + torch, 2, "--model is required");
  CHECK_FALSE(std::filesystem::exists(folder / "d.keras"));
}

TEST_CASE("xtape-convert is told the order of features that a model leaves open") {
  const TemporaryFolder folder;
  const std::string torch = source_folder() + "/golden/data/files/torch_1_13/orders.pt";
  const io::NamedTensors tensors = io::load_pt(torch);
  const Symbol x = Input({6, 7, 2});
  const auto check = [&](const std::string& name, const Symbol& y, const std::string& option) {
    folder.write("net.json", Model(x, y).to_json());
    const std::string into = torch + " --prefix " + name + ".state --model " + folder / "net.json ";
    check_fails(into + folder / "none.keras", 1, "are elements of [");
    check_succeeds(into + option + ' ' + folder / (name + ".keras"));
    const Tensor& expected = tensors.at(name + ".y");
    const Tensor predicted = load_model(folder / (name + ".keras")).predict(tensors.at(name + ".x"), {.verbose = 0});
    REQUIRE(predicted.shape() == expected.shape());
    CHECK(abs(predicted - expected).max().item() < 1e-5);
    check_fails(into + option + ",a " + folder / "none.keras", 2, "expected module=lengths, as fc1=64,7,7, given ");
  };
  // Columns from left to right as steps.
  const Symbol columns =
      layers::Reshape({5, 12})(layers::Permute({2, 1, 3})(layers::Conv2D(3, 3, {.name = "conv"})(x)));
  check("steps_lstm", layers::LSTM(4, {.return_sequences = true, .name = "rnn"})(columns), "--flattened rnn=3,4");
  // Channels that become places.
  const Symbol parts = layers::Reshape({4, 5, 2, 2, 3})(layers::Conv2D(12, 3, {.name = "up"})(x));
  const Symbol large = layers::Reshape({8, 10, 3})(layers::Permute({1, 3, 2, 4, 5})(parts));
  check("shuffled", layers::Conv2D(2, 2, {.name = "after"})(large), "--unflattened up=3,2,2");
}

TEST_CASE("xtape-convert leaves the training out when asked to") {
  const TemporaryFolder folder;
  trained_model().save(folder / "a.keras");
  check_succeeds("--without-optimizer " + folder / "a.keras " + folder / "b.keras");
  CHECK_FALSE(load_model(folder / "b.keras").compiled());
  check_succeeds("--without-optimizer " + folder / "a.keras " + folder / "b.weights.h5");
  CHECK(saving::inspect(folder / "b.weights.h5").optimizer.empty());
  check_succeeds(folder / "a.keras " + folder / "c.weights.h5");
  CHECK(saving::inspect(folder / "c.weights.h5").optimizer.size() == 14);
  const ProgramResult result = run_convert(folder / "a.keras " + folder / "c.npz");
  CHECK(result.status == 0);
  CHECK_THAT(result.output, Contains("Left out: the optimizer's state"));
}

TEST_CASE("xtape-convert keeps a file that is there unless it is told otherwise") {
  const TemporaryFolder folder;
  trained_model().save(folder / "a.keras");
  folder.write("b.h5", "old");
  check_fails(folder / "a.keras " + folder / "b.h5", 1, "b.h5 is there; --force replaces it");
  CHECK(std::filesystem::file_size(folder / "b.h5") == 3);
  check_succeeds("--force " + folder / "a.keras " + folder / "b.h5");
  CHECK_NOTHROW(load_model(folder / "b.h5"));
  // Nothing but the whole file takes its place.
  folder.write("broken.keras", "no archive");
  const std::uintmax_t size = std::filesystem::file_size(folder / "b.h5");
  check_fails("--force " + folder / "broken.keras " + folder / "b.h5", 1, "broken.keras");
  CHECK(std::filesystem::file_size(folder / "b.h5") == size);
}

TEST_CASE("xtape-convert says what is wrong") {
  const TemporaryFolder folder;
  const Model model = trained_model();
  model.save(folder / "a.keras");
  model.save_weights(folder / "w.npz");
  model.save_weights(folder / "w.weights.h5");
  folder.write("empty.json", Sequential({layers::Dense(2)}).to_json());
  folder.write("other.json", Sequential({layers::InputLayer({6}), layers::Dense(3)}).to_json());
  check_fails("", 2, "input and output, or inspect or map and a file, is required");
  check_fails(folder / "a.keras", 2, "is required");
  check_fails("--form h5 a b", 2, "--form");
  check_fails("--to onnx a b", 2, "onnx");
  check_fails("inspect", 2, "file is required");
  check_fails(folder / "none.keras " + folder / "b.h5", 1, "none.keras");
  check_fails(folder / "a.keras " + folder / "b.onnx", 1, "b.onnx\" ends with none of \"keras\"");
  check_fails(folder / "a.keras " + folder / "b.pt", 1, "files of PyTorch are read, not written");
  check_fails("--weights-only " + folder / "a.keras " + folder / "b.keras", 2, "--weights-only");
  check_fails(folder / "w.npz " + folder / "b.keras", 1, "holds weights alone");
  check_fails(folder / "w.weights.h5 " + folder / "b.npz", 1, "holds weights alone");
  check_fails("--model " + folder / "empty.json " + folder / "w.npz " + folder / "b.keras", 1,
              "the model has no Input");
  folder.write("wrong.json", "{\"a\": 1}");
  check_fails("--model " + folder / "wrong.json " + folder / "w.npz " + folder / "b.keras", 1, "wrong.json: ");
  check_fails("--model " + folder / "none.json " + folder / "w.npz " + folder / "b.keras", 1,
              "none.json: no such file");
  check_fails("--model " + folder / "other.json " + folder / "w.npz " + folder / "b.keras", 1, "first/kernel");
  CHECK_FALSE(std::filesystem::exists(folder / "b.keras"));
}

TEST_CASE("xtape-convert takes what a model was compiled with, and not the state of its optimizer, for other weights") {
  const TemporaryFolder folder;
  const Model model = trained_model(), other = trained_model();
  weights_after_training(other, randn({16, 6}), randn({16, 2}));
  model.save(folder / "a.keras");
  other.save_weights(folder / "w.npz");
  check_succeeds("--model " + folder / "a.keras " + folder / "w.npz " + folder / "b.keras");
  const Model converted = load_model(folder / "b.keras");
  CHECK(same(converted.get_weights(), other.get_weights()));
  CHECK(converted.optimizer().name() == "adam");
  CHECK(converted.optimizer().iterations() == 0);
}

TEST_CASE("xtape-convert inspect prints what a file holds") {
  const TemporaryFolder folder;
  const Model model = trained_model();
  model.save(folder / "a.keras", {.self_test = true});
  const std::string whole = run_convert("inspect " + folder / "a.keras").output;
  for (const char* text :
       {"Format:        keras, a whole model", "Keras version: 3.16.0", "Saved:         20", "\"class_name\":\"Adam\"",
        "Random state:  yes", "Self-test:     yes", "Model: \"net\"", "Weights: 8 arrays, 67 numbers, 268 bytes",
        "layers/dense/vars/0", "[6, 5]", "float32", "Optimizer: 14 arrays"}) {
    CHECK_THAT(whole, Contains(text));
  }
  model.save_weights(folder / "w.npz");
  const std::string weights = run_convert("inspect " + folder / "w.npz").output;
  for (const char* text :
       {"Format:        npz, weights alone", "first/kernel", "Weights: 8 arrays, 67 numbers, 268 bytes"}) {
    CHECK_THAT(weights, Contains(text));
  }
  model.save_weights(folder / "plain", {.format = "safetensors"});
  CHECK_THAT(run_convert("inspect --from safetensors " + folder / "plain").output,
             Contains("safetensors, weights alone"));
  check_fails("inspect " + folder / "none.keras", 1, "none.keras");
  check_fails("inspect " + folder / "plain", 1, "plain\" ends with none of");
}

TEST_CASE("xtape-convert inspect makes no layers that the file has no weights for") {
  const TemporaryFolder folder;
  Sequential({layers::InputLayer({4}), layers::Dense(2, {.name = "d"})}).save(folder / "a.keras");
  const io::ZipReader archive(folder / "a.keras");
  std::vector<RawEntry> entries;
  for (const std::string& name : archive.names()) {
    std::string content = archive.read_text(name);
    const std::size_t units = content.find("\"units\":2");
    if (units != content.npos) content.replace(units, 9, "\"units\":100000000");
    entries.push_back(stored_entry(name, content));
  }
  const std::string path = folder.write("b.keras", zip_bytes(entries));
  const AddressSpaceLimit limit(std::size_t{512} << 20);
  const ProgramResult result = run_convert("inspect " + path);
  CHECK(result.status == 0);
  for (const char* text :
       {"The layers cannot be made here: ", "would be [4, 100000000]", "  Dense", "Weights: 2 arrays"}) {
    CHECK_THAT(result.output, Contains(text));
  }
}

TEST_CASE("xtape-convert explains itself") {
  for (const char* option : {"--help", "-h"}) {
    const ProgramResult result = run_convert(option);
    CHECK(result.status == 0);
    for (const char* text : {"--model", "--force", "inspect", "Exit status"}) CHECK_THAT(result.output, Contains(text));
  }
  const ProgramResult result = run_convert("inspect --help");
  CHECK(result.status == 0);
  CHECK_THAT(result.output, Contains("Print what a file holds"));
}

}  // namespace xtape::test
