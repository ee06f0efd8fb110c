#include <cstdlib>

#include "catch.hpp"
#include "saving/models.hpp"
#include "source_folder.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

// A Python with h5py; empty where there is none, which is said.
std::string python_with_h5py() {
  // Debian's python3-h5py belongs to Debian's Python.
  for (const std::string python : {"/usr/bin/python3", "python3"}) {
    if (std::system((python + " -c 'import h5py, numpy' 2>/dev/null").c_str()) == 0) return python;
  }
  WARN("left out: there is no Python with h5py (Debian: python3-h5py)");
  SUCCEED();
  return "";
}

}  // namespace

TEST_CASE("h5py and zipfile find what Keras relies on in our files") {
  const std::string python = python_with_h5py();
  if (python.empty()) return;
  const TemporaryFolder folder;
  const Sequential model({layers::InputLayer({8, 8, 2}), layers::Conv2D(4, 3, {.name = "conv"}),
                          layers::BatchNormalization({.name = "norm"}), layers::Flatten({.name = "flat"}),
                          layers::Dense(3, {.name = "first"}), layers::Dense(2, {.name = "second"})},
                         {.name = "net"});
  model.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
  model.fit(randn({4, 8, 8, 2}), randn({4, 2}), {.batch_size = 2, .verbose = 0});
  model.save(folder / "model.keras");
  model.save(folder / "model.h5");
  model.save_weights(folder / "model.weights.h5");
  model.save_weights(folder / "model.npz");
  const std::string call = python + ' ' + source_folder() + "/saving/read_back.py " + folder.path();
  CHECK(std::system(call.c_str()) == 0);
}

TEST_CASE("h5py finds in files of Keras's models, saved here again, what Keras had there") {
  const std::string python = python_with_h5py();
  if (python.empty()) return;
  const TemporaryFolder folder;
  for (const char* release : {"v3_8_0", "v3_16_0"}) {
    for (const char* name : {"cnn_bn", "embedding_text", "gru_bidirectional", "lstm_stack", "mlp_uncompiled",
                             "nested_sequential", "shared_two_inputs", "transformer"}) {
      const std::string original = source_folder() + "/golden/data/files/" + release + '/' + name;
      const std::string ours = folder / (std::string(release) + name);
      load_model(original + ".keras").save(ours + ".keras");
      load_model(original + ".h5").save(ours + ".h5");
      const std::string call = python + ' ' + source_folder() + "/saving/saved_again.py " + original + ' ' + ours;
      CHECK(std::system(call.c_str()) == 0);
    }
  }
}

}  // namespace xtape::test
