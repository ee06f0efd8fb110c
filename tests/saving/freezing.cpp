// Which layers train when they are read.
#include "catch.hpp"
#include "saving/models.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {

using namespace layers;

TEST_CASE("frozen layers in wrappers come back frozen, and nothing else does") {
  const TemporaryFolder folder;
  const Dense frozen(4, {.name = "frozen"});
  const SimpleRNNCell cell(4, {.name = "cell"});
  const Bidirectional both(LSTM(4), {.name = "both"});
  const Symbol x = Input({3, 4});
  const Model model = Model(x, both(RNN(cell, {.return_sequences = true})(TimeDistributed(frozen)(x))));
  frozen.set_trainable(false);
  cell.set_trainable(false);
  both.forward_layer().set_trainable(false);
  REQUIRE(model.trainable_weights().size() == 3);
  for (const char* name : {"model.keras", "model.h5"}) {
    model.save(folder / name);
    const Model loaded = load_model(folder / name);
    CHECK(loaded.trainable_weights().size() == 3);
    CHECK(loaded.weights().size() == model.weights().size());
    loaded.set_trainable(true);
    CHECK(loaded.trainable_weights().size() == loaded.weights().size());
  }
  CHECK(models::clone_model(model).trainable_weights().size() == 3);
}

TEST_CASE("a layer that was frozen with one model and freed again comes back free") {
  const TemporaryFolder folder;
  const Dense tied(4, {.name = "tied"});
  const Symbol x = Input({4});
  const Model inner(x, tied(Dense(4)(x)), {.name = "inner"});
  const Sequential list({InputLayer({4}), tied, Dense(4)}, {.name = "list"});
  const Symbol y = Input({4});
  const Model model = Model(y, tied(list(inner(y))));
  inner.set_trainable(false);
  list.set_trainable(false);
  CHECK(model.trainable_weights().empty());
  tied.set_trainable(true);
  REQUIRE(model.trainable_weights().size() == 2);
  model.save(folder / "model.keras");
  CHECK(load_model(folder / "model.keras").trainable_weights().size() == 2);
  CHECK(models::clone_model(model).trainable_weights().size() == 2);
}

}  // namespace xtape::test
