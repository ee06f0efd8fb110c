#include "saving/backups.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <variant>

#include "catch.hpp"
#include "saving/models.hpp"
#include "support/captured_text.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {

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
      const TemporaryFolder folder = TemporaryFolder::in_memory();
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

namespace {

using Fit = std::function<History(const Model&, const std::vector<Callback>&)>;

// The weights and the losses of the whole run, and those of runs that were killed and went on; and what they say on
// std::cerr, as where data run out.
void check_goes_on(const Fit& fit, const callbacks::BackupAndRestoreOptions& options) {
  set_random_seed(6);
  const Model whole = model();
  CapturedText whole_text(std::cerr);
  const History expected = fit(whole, {});
  const std::string all_said = whole_text.text();
  for (const int after : {1, 2, 4, 5, 7, 8, 11}) {
    INFO("killed after " << after << " batches, frequency " << options.save_freq.index());
    const TemporaryFolder folder = TemporaryFolder::in_memory();
    set_random_seed(6);
    const Model killed = model();
    CHECK_THROWS_AS(fit(killed, {callbacks::BackupAndRestore(folder.path(), options), Kill(after)}), Killed);
    set_random_seed(6);
    const Model resumed = model();
    CapturedText text(std::cerr);
    const History history = fit(resumed, {callbacks::BackupAndRestore(folder.path(), options)});
    CHECK(all_said.ends_with(text.text()));
    CHECK(same(resumed.get_weights(), whole.get_weights()));
    for (const char* name : {"loss", "val_loss"}) {
      if (!expected.contains(name)) continue;
      const auto &all = expected[name], &rest = history[name];
      REQUIRE(rest.size() <= all.size());
      CHECK(std::equal(rest.begin(), rest.end(), all.end() - static_cast<std::ptrdiff_t>(rest.size())));
    }
  }
}

// Batches of the samples as they lie, or in an order that is drawn.
std::vector<models::Batch> batches_of(const Data& data, bool shuffled) {
  const Tensor order = shuffled ? randperm(data.x.shape(0)) : arange(data.x.shape(0));
  std::vector<models::Batch> batches;
  for (int64_t i = 0; i + 4 <= data.x.shape(0); i += 4) {
    const Tensor chosen = order.slice(0, {i, i + 4});
    batches.push_back({take(data.x, chosen), take(data.y, chosen)});
  }
  return batches;
}

// A function that gives one batch after the other, and nothing at the end of a pass.
struct Generator {
  Data data;
  std::vector<models::Batch> pass = {};
  std::size_t next = 0;
  std::optional<models::Batch> operator()() {
    if (next == 0) pass = batches_of(data, true);
    if (next < pass.size()) return pass[next++];
    next = 0;
    return std::nullopt;
  }
};

// One whose batches have no end, and all differ.
struct EndlessGenerator {
  Data data;
  int64_t calls = 0;
  std::optional<models::Batch> operator()() {
    const double factor = 1 + 0.01 * static_cast<double>(calls++);
    return models::Batch{data.x.slice(0, {0, 4}) * factor, data.y.slice(0, {0, 4})};
  }
};

}  // namespace

TEST_CASE("a killed training with steps_per_epoch goes on where it was in its data") {
  const Data given = data();  // 6 batches
  for (const auto& backup : frequencies) {
    for (const int64_t steps : {2, 4, 6, 7}) {
      for (const bool shuffle : {true, false}) {
        INFO(steps << " steps, " << (shuffle ? "" : "not ") << "shuffled");
        check_goes_on(
            [&](const Model& model, const std::vector<Callback>& callbacks) {
              return model.fit(given.x, given.y,
                               {.batch_size = 4,
                                .epochs = 7,
                                .verbose = 0,
                                .callbacks = callbacks,
                                .shuffle = shuffle,
                                .steps_per_epoch = steps});
            },
            backup);
      }
    }
    check_goes_on(
        [&](const Model& model, const std::vector<Callback>& callbacks) {
          return model.fit(given.x, given.y,
                           {.batch_size = 3,
                            .epochs = 6,
                            .verbose = 0,
                            .callbacks = callbacks,
                            .validation_split = 0.3,
                            .steps_per_epoch = 3,
                            .validation_steps = 2});
        },
        backup);
  }
}

TEST_CASE("a killed training on batches goes on where it was in them") {
  const Data given = data();
  const std::vector<models::Batch> range = batches_of(given, false);  // 5 of them
  const auto fit_on = [](const models::Batches& batches, const Model& model, const std::vector<Callback>& callbacks,
                         std::optional<int64_t> steps, const models::ValidationData& validation = {}) {
    return model.fit(batches, {.epochs = 6,
                               .verbose = 0,
                               .callbacks = callbacks,
                               .validation_data = validation,
                               .steps_per_epoch = steps,
                               .validation_steps = validation ? std::optional<int64_t>(2) : std::nullopt});
  };
  for (const auto& backup : frequencies) {
    for (const std::optional<int64_t> steps : {std::optional<int64_t>(), std::optional<int64_t>(3)}) {
      INFO(steps.value_or(0) << " steps");
      const auto check = [&](const char* kind, const std::function<models::Batches()>& make) {
        INFO(kind);
        check_goes_on([&](const Model& model,
                          const std::vector<Callback>& callbacks) { return fit_on(make(), model, callbacks, steps); },
                      backup);
      };
      check("a range", [&] { return models::Batches(range); });
      check("a function that returns ranges in an order of their own",
            [&] { return models::Batches([&] { return batches_of(given, true); }); });
      check("a function that returns batches", [&] { return models::Batches(Generator{given}); });
    }
    INFO("a function without an end, and one to validate on");
    check_goes_on(
        [&](const Model& model, const std::vector<Callback>& callbacks) {
          return fit_on(EndlessGenerator{given}, model, callbacks, 3, models::Batches(EndlessGenerator{given}));
        },
        backup);
  }
}

TEST_CASE("a killed training does not go on with fewer data") {
  const Data given = data();
  const Data fewer{given.x.slice(0, {0, 9}), given.y.slice(0, {0, 9})};
  const TemporaryFolder folder = TemporaryFolder::in_memory();
  const callbacks::BackupAndRestore backup(folder.path(), {.save_freq = int64_t{1}});
  const auto fit = [&](const Data& on, const std::vector<Callback>& callbacks) {
    model().fit(on.x, on.y, {.batch_size = 4, .verbose = 0, .callbacks = callbacks, .steps_per_epoch = 5});
  };
  CHECK_THROWS_AS(fit(given, {backup, Kill(4)}), Killed);
  CHECK_THROWS_WITH(fit(fewer, {backup}),
                    Contains("goes on behind batch 4 of its data, and these are 9 samples in batches of 4, which were "
                             "22 in batches of 4"));

  const auto fit_batches = [&](const models::Batches& batches, const std::vector<Callback>& callbacks) {
    model().fit(batches, {.verbose = 0, .callbacks = callbacks, .steps_per_epoch = 5});
  };
  for (const bool begins_anew : {true, false}) {
    const auto batches = [&](const Data& of) {
      return begins_anew ? models::Batches(batches_of(of, false)) : models::Batches(Generator{of});
    };
    const TemporaryFolder other = TemporaryFolder::in_memory();
    const callbacks::BackupAndRestore another(other.path(), {.save_freq = int64_t{1}});
    CHECK_THROWS_AS(fit_batches(batches(given), {another, Kill(4)}), Killed);
    CHECK_THROWS_WITH(fit_batches(batches(fewer), {another}), Contains("goes on behind batch 4 of its data"));
  }
}

TEST_CASE("a killed training goes on with another batch_size between epochs alone") {
  const Data given = data();
  const auto fit = [&](const Model& model, int64_t batch_size, const std::vector<Callback>& callbacks) {
    return model.fit(given.x, given.y, {.batch_size = batch_size, .epochs = 3, .verbose = 0, .callbacks = callbacks});
  };
  const TemporaryFolder within = TemporaryFolder::in_memory(), between = TemporaryFolder::in_memory();
  const callbacks::BackupAndRestore often(within.path(), {.save_freq = int64_t{2}}), seldom(between.path());
  CHECK_THROWS_AS(fit(model(), 4, {often, Kill(4)}), Killed);
  CHECK_THROWS_WITH(fit(model(), 5, {often}),
                    Contains("these are 22 samples in batches of 5, which were 22 in batches of 4") &&
                        Contains("BackupAndRestore: " + (within / "latest.weights.h5")) &&
                        Contains("delete the file to begin anew"));
  CHECK_THROWS_AS(fit(model(), 4, {seldom, Kill(7)}), Killed);
  CHECK(fit(model(), 11, {seldom})["loss"].size() == 2);
}

TEST_CASE("a backup of another model or optimizer is refused with its file and what to do") {
  const Data given = data();
  const TemporaryFolder folder = TemporaryFolder::in_memory();
  const callbacks::BackupAndRestore backup(folder.path(), {.delete_checkpoint = false});
  train(model(), given, {backup});
  const std::string file = "BackupAndRestore: " + (folder / "latest.weights.h5"), cure = "delete the file";
  const Sequential other({layers::InputLayer({4}), layers::Dense(3, {.name = "e"})}, {.name = "model"});
  other.compile({.optimizer = "adam", .loss = losses::SparseCategoricalCrossentropy({.from_logits = true})});
  CHECK_THROWS_WITH(train(other, given, {backup}), Contains(file) && Contains("extra: ") && Contains(cure));
  const Model same_layers = model();
  same_layers.compile({.optimizer = "rmsprop", .loss = losses::SparseCategoricalCrossentropy({.from_logits = true})});
  CHECK_THROWS_WITH(train(same_layers, given, {backup}),
                    Contains(file) && Contains("the state of \"adam\", the model's is \"rmsprop\"") && Contains(cure));
}

TEST_CASE("a backup of a training in which other layers were frozen is refused with its file and what to do") {
  const Data given = data();
  for (const char* const first : {"a", "e"}) {
    const char* const second = first == std::string("a") ? "e" : "a";
    const TemporaryFolder folder = TemporaryFolder::in_memory();
    const callbacks::BackupAndRestore backup(folder.path(), {.delete_checkpoint = false});
    const auto frozen = [&](const char* layer) {
      const Sequential result = model();
      result.get_layer(layer).set_trainable(false);
      result.compile({.optimizer = "adam", .loss = losses::SparseCategoricalCrossentropy({.from_logits = true})});
      return result;
    };
    train(frozen(first), given, {backup});
    const std::string cure = (folder / "latest.weights.h5") + ": delete the file to begin anew";
    for (const Model& other : {Model(frozen(second)), Model(model())}) {
      CHECK_THROWS_WITH(other.fit(given.x, given.y, {.epochs = 9, .verbose = 0, .callbacks = {backup}}),
                        Contains("the optimizer was built for") && Contains(cure));
    }
  }
}

TEST_CASE("BackupAndRestore says what is wrong with its options and files") {
  using callbacks::BackupAndRestore;
  CHECK_THROWS_WITH(BackupAndRestore(""), Contains("backup_dir"));
  CHECK_THROWS_WITH(BackupAndRestore(std::string("a\0b", 3)), Contains("zero byte"));
  CHECK_THROWS_WITH(BackupAndRestore("b", {.save_freq = "batch"}), Contains("save_freq"));
  const TemporaryFolder folder = TemporaryFolder::in_memory();
  folder.write("latest.weights.h5", "damaged");
  CHECK_THROWS_AS(train(model(), data(), {BackupAndRestore(folder.path())}), FormatError);
  CHECK_THROWS_WITH(train(model(), data(), {BackupAndRestore(folder.path())}),
                    Contains(folder / "latest.weights.h5") && Contains("delete the file to begin anew"));
}

}  // namespace xtape::test
