#include <functional>
#include <string>

#include "catch.hpp"
#include "saving/models.hpp"
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

}  // namespace xtape::test
