// Damaged files of whole models, and of weights: each is read or refused, with an error of this library, and a model
// whose weights are refused keeps those that it has.
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "address_space_limit.hpp"
#include "catch.hpp"
#include "damaged_content.hpp"
#include "io/file_content.hpp"
#include "io/zip.hpp"
#include "io/zip_bytes.hpp"
#include "saving/models.hpp"
#include "source_folder.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

const std::string golden = source_folder() + "/golden/data/files/";

// What is said of layers that are skipped is not wanted here.
class Silence {
 public:
  Silence() : before_(std::cerr.rdbuf(text_.rdbuf())) {}
  ~Silence() { std::cerr.rdbuf(before_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  std::ostringstream text_;
  std::streambuf* const before_;
};

// Whether a file is refused. That memory is missing is no answer.
template <class Read>
bool is_refused(const Read& read) {
  try {
    read();
  } catch (const OutOfMemory&) {
    throw;
  } catch (const Error&) {
    return true;
  }
  return false;
}

// `read` of so many damaged contents, of which some are refused.
template <class Read>
void check_damaged(const std::string& seed, uint32_t count, const Read& read) {
  const AddressSpaceLimit limit(std::size_t{1} << 30);
  const Silence silence;
  uint32_t refused = 0;
  for (uint32_t number = 0; number < count; ++number) {
    CAPTURE(number);
    refused += is_refused([&] { read(damaged_content(seed, number)); });
  }
  CHECK(refused > 0);
}

void check_models(const std::string& file, uint32_t count) {
  const TemporaryFolder folder;
  const std::string name = "model" + file.substr(file.rfind('.'));
  check_damaged(file_content(golden + file), count,
                [&](const std::string& content) { load_model(folder.write(name, content)); });
}

// One entry of an archive, whose checksum is right.
void check_entry(const std::string& file, const std::string& entry, uint32_t count) {
  const io::ZipReader archive(file);
  std::vector<RawEntry> entries;
  RawEntry* damaged = nullptr;
  for (const std::string& name : archive.names()) entries.push_back(stored_entry(name, archive.read_text(name)));
  for (RawEntry& each : entries) {
    if (each.name == entry) damaged = &each;
  }
  REQUIRE(damaged != nullptr);
  const std::string seed = damaged->packed;
  const TemporaryFolder folder;
  check_damaged(seed, count, [&](const std::string& content) {
    *damaged = stored_entry(entry, content);
    load_model(folder.write("model.keras", zip_bytes(entries)));
  });
}

// `load` of damaged files into a model.
template <class Load>
void check_weights(const Model& model, const std::string& seed, const std::string& name, uint32_t count,
                   const Load& load) {
  const TemporaryFolder folder;
  std::vector<Tensor> before = model.get_weights();
  check_damaged(seed, count, [&](const std::string& content) {
    const std::string path = folder.write(name, content);
    try {
      load(path);
    } catch (...) {
      CHECK(same(model.get_weights(), before));
      throw;
    }
    before = model.get_weights();
  });
}

void check_weights(const Model& model, const std::string& path, uint32_t count) {
  check_weights(model, file_content(path), path.substr(path.rfind('/') + 1), count,
                [&](const std::string& damaged) { model.load_weights(damaged); });
}

}  // namespace

TEST_CASE("damaged files of whole models are read or refused") {
  check_models("v3_8_0/mlp_uncompiled.keras", 150);
  check_models("v3_8_0/mlp_uncompiled.h5", 200);
  check_models("v3_16_0/shared_two_inputs.h5", 200);
}

TEST_CASE("damaged parts of whole models are read or refused") {
  check_entry(golden + "v3_8_0/mlp_uncompiled.keras", "config.json", 400);
  check_entry(golden + "v3_16_0/shared_two_inputs.keras", "config.json", 400);
  check_entry(golden + "v3_16_0/shared_two_inputs.keras", "metadata.json", 60);
  check_entry(golden + "v3_8_0/shared_two_inputs.keras", "model.weights.h5", 200);
}

TEST_CASE("damaged state that Keras has no place for is read or refused") {
  const TemporaryFolder folder;
  const Sequential model{layers::InputLayer({4}), layers::Dense(3), layers::Dropout(0.5, {.seed = 1})};
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(ones({4, 4}), ones({4, 3}), {.verbose = 0});
  model.save(folder / "model.keras", {.self_test = true});
  check_entry(folder / "model.keras", "xtape/state.json", 200);
  check_entry(folder / "model.keras", "xtape/self_test.h5", 200);
  check_entry(folder / "model.keras", "model.weights.h5", 200);
}

TEST_CASE("a model keeps its weights where those of a damaged file are refused") {
  const Model mlp = load_model(golden + "v3_8_0/mlp_uncompiled.keras");
  check_weights(mlp, golden + "v3_8_0/mlp_uncompiled.weights.h5", 200);
  check_weights(mlp, golden + "v3_8_0/mlp_uncompiled.h5", 200);
  check_weights(mlp, golden + "v3_8_0/mlp_uncompiled.keras", 100);
  const TemporaryFolder folder;
  for (const char* name : {"w.safetensors", "w.npz"}) {
    mlp.save_weights(folder / name);
    check_weights(mlp, folder / name, 300);
  }
  const std::string file = golden + "torch_1_13/layers.pt";
  const Tensor weight = io::load_pt(file).at("linear.state.weight");
  const Sequential linear{layers::InputLayer({weight.shape(1)}), layers::Dense(weight.shape(0))};
  check_weights(linear, file_content(file), "layers.pt", 150, [&](const std::string& damaged) {
    saving::load_torch_weights(linear, damaged, {.prefix = "linear.state"});
  });
}

}  // namespace xtape::test
