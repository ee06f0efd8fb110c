#include <cstdlib>

#include "catch.hpp"
#include "saving/models.hpp"
#include "source_folder.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {

TEST_CASE("h5py and zipfile find what Keras relies on in our files") {
  // Debian's python3-h5py belongs to Debian's Python.
  const std::string python =
      std::system("/usr/bin/python3 -c 'import h5py' 2>/dev/null") == 0 ? "/usr/bin/python3" : "python3";
  if (std::system((python + " -c 'import h5py, numpy' 2>/dev/null").c_str()) != 0) {
    WARN("left out: there is no Python with h5py (Debian: python3-h5py)");
    SUCCEED();
    return;
  }
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

}  // namespace xtape::test
