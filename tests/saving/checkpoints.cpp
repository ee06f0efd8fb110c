#include <cmath>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "catch.hpp"
#include "saving/models.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

// What is written to std::cout meanwhile.
class Output {
 public:
  Output() : before_(std::cout.rdbuf(text_.rdbuf())) {}
  ~Output() { std::cout.rdbuf(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf* before_;
};

Sequential model() {
  const Sequential model({layers::InputLayer({3}), layers::Dense(1, {.kernel_initializer = "zeros"})});
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse"});
  return model;
}

const Tensor x = ones({8, 3}), y = ones({8, 1});

}  // namespace

TEST_CASE("ModelCheckpoint writes after each epoch to a path with its numbers") {
  const TemporaryFolder folder;
  const Sequential trained = model();
  const callbacks::ModelCheckpoint checkpoint(folder / "runs/{epoch:02d}-{loss:.2f}.keras", {.verbose = 1});
  const Output output;
  trained.fit(x, y, {.epochs = 2, .verbose = 0, .callbacks = {checkpoint}});
  const std::string first = folder / "runs/01-1.00.keras", second = folder / "runs/02-0.04.keras";
  CHECK(output.text() == "\nEpoch 1: saving model to " + first + "\n\nEpoch 1: finished saving model to " + first +
                             "\n\nEpoch 2: saving model to " + second + "\n\nEpoch 2: finished saving model to " +
                             second + "\n");
  CHECK(same(load_model(second).get_weights(), trained.get_weights()));
}

TEST_CASE("ModelCheckpoint keeps the best") {
  const TemporaryFolder folder;
  const std::string path = folder / "best.keras";
  const callbacks::ModelCheckpoint best(path, {.monitor = "loss", .verbose = 1, .save_best_only = true});
  const Output output;
  model().fit(x, y, {.epochs = 1, .verbose = 0, .callbacks = {best}});
  CHECK(output.text() == "\nEpoch 1: loss improved from None to 1.00000, saving model to " + path +
                             "\n\nEpoch 1: finished saving model to " + path + "\n");
  CHECK(best.best() == 1);
  // The next fit goes on with it.
  model().fit(x, y, {.epochs = 1, .verbose = 0, .callbacks = {best}});
  CHECK_THAT(output.text(), Contains("\nEpoch 1: loss did not improve from 1.00000\n"));
  const callbacks::ModelCheckpoint threshold(
      folder / "threshold.keras", {.monitor = "loss", .save_best_only = true, .initial_value_threshold = 0.5});
  model().fit(x, y, {.epochs = 1, .verbose = 0, .callbacks = {threshold}});
  CHECK_FALSE(std::filesystem::exists(folder / "threshold.keras"));
}

TEST_CASE("ModelCheckpoint does not keep a first NaN as the best") {
  const TemporaryFolder folder;
  const callbacks::ModelCheckpoint best(folder / "best.keras", {.monitor = "loss", .save_best_only = true});
  const Tensor nothing = full({8, 1}, NAN);
  model().fit(x, nothing, {.epochs = 1, .verbose = 0, .callbacks = {best}});
  model().fit(x, y, {.epochs = 1, .verbose = 0, .callbacks = {best}});
  CHECK(best.best() == 1);
}

TEST_CASE("ModelCheckpoint writes a whole model to a path that could be of weights, as Keras does") {
  const TemporaryFolder folder;
  const Sequential trained = model();
  const std::string path = folder / "model.weights.h5";
  trained.fit(x, y, {.epochs = 2, .verbose = 0, .callbacks = {callbacks::ModelCheckpoint(path)}});
  const Model loaded = load_model(path);
  CHECK(same(loaded.get_weights(), trained.get_weights()));
  CHECK(loaded.compiled());
  const Sequential other = model();
  other.load_weights(path);
  CHECK(same(other.get_weights(), trained.get_weights()));
  CHECK(saving::inspect(path).config == saving::inspect(path, {.format = "h5"}).config);
}

TEST_CASE("ModelCheckpoint writes after so many batches") {
  const TemporaryFolder folder;
  const callbacks::ModelCheckpoint checkpoint(folder / "{epoch}-{batch:03d}.weights.h5",
                                              {.save_weights_only = true, .save_freq = int64_t{3}});
  model().fit(x, y, {.batch_size = 2, .epochs = 2, .verbose = 0, .callbacks = {checkpoint}});
  CHECK(std::filesystem::exists(folder / "1-003.weights.h5"));
  CHECK(std::filesystem::exists(folder / "2-002.weights.h5"));
  CHECK_FALSE(std::filesystem::exists(folder / "1-004.weights.h5"));
}

TEST_CASE("ModelCheckpoint of a model that cannot be written says so before it is trained") {
  const TemporaryFolder folder;
  const Sequential untold(
      {layers::InputLayer({3}), layers::Dense(1), layers::Lambda([](const Tensor& given) { return given * 2; })});
  untold.compile({.optimizer = "sgd", .loss = "mse"});
  const std::vector<Tensor> before = untold.get_weights();
  const auto fit = [&](const callbacks::ModelCheckpoint& checkpoint) {
    untold.fit(x, y, {.verbose = 0, .callbacks = {checkpoint}});
  };
  CHECK_THROWS_WITH(fit(callbacks::ModelCheckpoint(folder / "m.keras")),
                    Contains("ModelCheckpoint: the model cannot be written") && Contains("save_weights_only = true"));
  CHECK(same(untold.get_weights(), before));
  CHECK_NOTHROW(fit(callbacks::ModelCheckpoint(folder / "m.weights.h5", {.save_weights_only = true})));
}

TEST_CASE("ModelCheckpoint says what is wrong with its options") {
  using callbacks::ModelCheckpoint;
  CHECK_THROWS_WITH(ModelCheckpoint("model.bin"), Contains("must end in \".keras\""));
  CHECK_THROWS_WITH(ModelCheckpoint("model.keras", {.save_weights_only = true}), Contains(".weights.h5"));
  CHECK_THROWS_WITH(ModelCheckpoint("m.keras", {.mode = "best"}), Contains("mode"));
  CHECK_THROWS_WITH(ModelCheckpoint("m.keras", {.save_freq = "batch"}), Contains("save_freq"));
  CHECK_THROWS_WITH(ModelCheckpoint("m.keras", {.save_freq = int64_t{0}}), Contains("save_freq"));
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(model().fit(x, y, {.verbose = 0, .callbacks = {ModelCheckpoint(folder / "{val_loss}.keras")}}),
                    Contains("Failed to format this callback filepath") && Contains("there are epoch, loss"));
  CHECK_THROWS_WITH(model().fit(x, y, {.verbose = 0, .callbacks = {ModelCheckpoint(folder / "{loss:d}.keras")}}),
                    Contains("no format for a floating number"));
}

}  // namespace xtape::test
