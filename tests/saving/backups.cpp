#include <algorithm>
#include <filesystem>
#include <variant>

#include "catch.hpp"
#include "saving/models.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

struct Data {
  Tensor x, y;
};

Data data() {
  set_random_seed(5);
  return {randn({22, 4}), randint(0, 3, {22})};
}

Sequential model() {
  const Sequential model({layers::InputLayer({4}), layers::Dense(6, {.activation = "tanh", .name = "a"}),
                          layers::Dropout(0.3, {.name = "b"}), layers::Dropout(0.2, {.seed = 7, .name = "c"}),
                          layers::BatchNormalization({.name = "d"}), layers::Dense(3, {.name = "e"})},
                         {.name = "model"});
  model.compile({.optimizer = "adam",
                 .loss = losses::SparseCategoricalCrossentropy({.from_logits = true}),
                 .metrics = {"accuracy"}});
  return model;
}

struct Killed {};

// Ends the training with an exception, as a kill would, after so many batches.
struct Kill : CallbackImpl {
  explicit Kill(int after) : left(after) {}
  void on_train_batch_end(int64_t, const callbacks::Logs&) override {
    if (--left < 0) throw Killed();
  }
  int left;
};

History train(const Model& model, const Data& data, const std::vector<Callback>& callbacks) {
  return model.fit(data.x, data.y, {.batch_size = 4, .epochs = 4, .verbose = 0, .callbacks = callbacks});
}

}  // namespace

TEST_CASE("a killed training goes on where it was, bit for bit") {
  const Data given = data();
  set_random_seed(6);
  const Model whole = model();
  const History expected = train(whole, given, {});
  for (const std::variant<std::string, int64_t>& freq :
       {std::variant<std::string, int64_t>("epoch"), std::variant<std::string, int64_t>(int64_t{1}),
        std::variant<std::string, int64_t>(int64_t{4})}) {
    for (const int after : {0, 3, 5, 6, 9, 13, 23}) {
      INFO("killed after " << after << " batches, frequency " << freq.index());
      const TemporaryFolder folder;
      set_random_seed(6);
      const Model killed = model();
      const callbacks::BackupAndRestore backup(folder / "backup", {.save_freq = freq});
      CHECK_THROWS_AS(train(killed, given, {backup, Kill(after)}), Killed);
      set_random_seed(6);  // as the program does that starts anew
      const Model resumed = model();
      const History history =
          train(resumed, given, {callbacks::BackupAndRestore(folder / "backup", {.save_freq = freq})});
      CHECK(same(resumed.get_weights(), whole.get_weights()));
      for (const char* name : {"loss", "accuracy"}) {
        const auto& all = expected[name];
        const auto& rest = history[name];
        REQUIRE(rest.size() <= all.size());
        CHECK(std::equal(rest.begin(), rest.end(), all.end() - static_cast<std::ptrdiff_t>(rest.size())));
      }
      CHECK_FALSE(std::filesystem::exists(folder / "backup"));
    }
  }
}

TEST_CASE("BackupAndRestore says what is wrong with its options and files") {
  using callbacks::BackupAndRestore;
  CHECK_THROWS_WITH(BackupAndRestore(""), Contains("backup_dir"));
  CHECK_THROWS_WITH(BackupAndRestore("b", {.save_freq = "batch"}), Contains("save_freq"));
  const TemporaryFolder folder;
  folder.write("latest.weights.h5", "damaged");
  CHECK_THROWS_AS(train(model(), data(), {BackupAndRestore(folder.path())}), FormatError);
}

}  // namespace xtape::test
