// What callbacks, layers and metrics hold beside the weights of a training that was killed.
#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "catch.hpp"
#include "saving/backups.hpp"
#include "saving/models.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

// The learning rates of the batches.
struct Rates : CallbackImpl {
  explicit Rates(std::vector<double>& to) : rates(to) {}
  void on_train_batch_begin(int64_t) override { rates.push_back(model().optimizer().learning_rate()); }
  std::vector<double>& rates;
};

// Rises to the rate of the epoch's begin, batch by batch.
struct WarmUp : CallbackImpl {
  void on_epoch_begin(int64_t) override { rate = model().optimizer().learning_rate(); }
  void on_train_batch_begin(int64_t batch) override {
    model().optimizer().set_learning_rate(rate * static_cast<double>(batch + 1) / 6);
  }
  double rate = 0;
};

// Sets the rate as batches and epochs end.
struct Decay : CallbackImpl {
  void on_train_batch_end(int64_t, const callbacks::Logs&) override { shrink(0.99); }
  void on_epoch_end(int64_t, callbacks::Logs&) override { shrink(0.9); }
  void shrink(double factor) const {
    const optimizers::Optimizer optimizer = model().optimizer();
    optimizer.set_learning_rate(optimizer.learning_rate() * factor);
  }
};

}  // namespace

TEST_CASE("a killed training goes on with the learning rates that callbacks had set") {
  const Data given = data();
  const std::pair<const char*, std::function<Callback()>> setters[] = {
      {"by the epoch",
       [] {
         return callbacks::LearningRateScheduler(
             [](int64_t epoch, double) { return 0.1 / static_cast<double>(int64_t{1} << epoch); });
       }},
      {"by the rate before",
       [] { return callbacks::LearningRateScheduler([](int64_t, double rate) { return rate / 2; }); }},
      {"rising within epochs", [] { return Callback(WarmUp()); }},
      {"at ends", [] { return Callback(Decay()); }}};
  for (const auto& [name, setter] : setters) {
    set_random_seed(6);
    const Model whole = model();
    std::vector<double> expected;
    train(whole, given, {setter(), Rates(expected)});
    for (const auto& options : frequencies) {
      for (const bool backup_first : {true, false}) {
        for (const int after : {4, 6, 8, 11, 13, 20, 23}) {
          INFO(name << ", killed after " << after << " batches, frequency " << options.save_freq.index()
                    << ", the backup " << (backup_first ? "first" : "last"));
          const TemporaryFolder folder = TemporaryFolder::in_memory();
          const auto fit = [&](const Model& model, std::vector<Callback> others) {
            const callbacks::BackupAndRestore backup(folder.path(), options);
            others.insert(backup_first ? others.begin() : others.end(), backup);
            train(model, given, others);
          };
          set_random_seed(6);
          CHECK_THROWS_AS(fit(model(), {setter(), Kill(after)}), Killed);
          set_random_seed(6);
          const Model resumed = model();
          std::vector<double> rates;
          fit(resumed, {setter(), Rates(rates)});
          REQUIRE(rates.size() <= expected.size());
          CHECK(std::equal(rates.begin(), rates.end(), expected.end() - static_cast<std::ptrdiff_t>(rates.size())));
          CHECK(same(resumed.get_weights(), whole.get_weights()));
        }
      }
    }
  }
}

TEST_CASE("a killed training whose weights are swapped with their averages goes on where it was") {
  const Data given = data();
  const auto make = [] {
    const Model result = model();
    result.compile({.optimizer = optimizers::Adam({.use_ema = true, .ema_momentum = 0.7}),
                    .loss = losses::SparseCategoricalCrossentropy({.from_logits = true})});
    return result;
  };
  const auto swap = [] { return callbacks::SwapEMAWeights({.swap_on_epoch = true}); };
  set_random_seed(6);
  const Model whole = make();
  train(whole, given, {swap()});
  for (const auto& options : frequencies) {
    for (const int after : {6, 8, 13, 20}) {
      INFO("killed after " << after << " batches, frequency " << options.save_freq.index());
      const TemporaryFolder folder = TemporaryFolder::in_memory();
      set_random_seed(6);
      CHECK_THROWS_AS(train(make(), given, {swap(), callbacks::BackupAndRestore(folder.path(), options), Kill(after)}),
                      Killed);
      set_random_seed(6);
      const Model resumed = make();
      train(resumed, given, {callbacks::BackupAndRestore(folder.path(), options), swap()});
      CHECK(same(resumed.get_weights(), whole.get_weights()));
    }
  }
}

TEST_CASE("a killed training in which a callback freezes a layer goes on where it was") {
  const Data given = data();
  struct Freeze : CallbackImpl {
    void on_epoch_begin(int64_t epoch) override { model().get_layer("a").set_trainable(epoch > 5); }
  };
  set_random_seed(6);
  const Model whole = model();
  train(whole, given, {Freeze()});
  for (const auto& options : frequencies) {
    for (const int after : {6, 8, 13, 20}) {
      INFO("killed after " << after << " batches, frequency " << options.save_freq.index());
      const TemporaryFolder folder = TemporaryFolder::in_memory();
      set_random_seed(6);
      CHECK_THROWS_AS(
          train(model(), given, {Freeze(), callbacks::BackupAndRestore(folder.path(), options), Kill(after)}), Killed);
      set_random_seed(6);
      const Model resumed = model();
      train(resumed, given, {Freeze(), callbacks::BackupAndRestore(folder.path(), options)});
      CHECK(same(resumed.get_weights(), whole.get_weights()));
    }
  }
}

TEST_CASE("a killed training of a layer that keeps its states goes on with them") {
  const Tensor x = randn({12, 5, 4}), y = randn({12, 2});
  const auto trained = [&](const std::vector<Callback>& callbacks) {
    set_random_seed(6);
    const Sequential model({layers::InputLayer({5, 4}), layers::LSTM(3, {.stateful = true}), layers::Dense(2)});
    model.compile({.optimizer = "adam", .loss = "mse"});
    model.fit(x, y, {.batch_size = 4, .epochs = 3, .verbose = 0, .callbacks = callbacks, .shuffle = false});
    return model.get_weights();
  };
  const std::vector<Tensor> whole = trained({});
  for (const auto& options : frequencies) {
    INFO("frequency " << options.save_freq.index());
    const TemporaryFolder folder = TemporaryFolder::in_memory();
    const callbacks::BackupAndRestore backup(folder.path(), options);
    CHECK_THROWS_AS(trained({backup, Kill(5)}), Killed);
    CHECK(same(trained({backup}), whole));
  }
}

TEST_CASE("a killed training goes on with what metrics that are members have gathered, bit for bit") {
  // F1Score has no state before its first batch.
  struct WatchedImpl : layers::LayerImpl {
    metrics::Mean mean{"mean"};
    metrics::F1Score score{{.name = "f1"}};
    Tensor call(const Tensor& x) {
      if (training()) {
        mean.update_state(x.detach());
        score.update_state((x > 0).astype(float32).detach(), sigmoid(x).detach());
      }
      return x;
    }
  };
  struct OwnImpl : ModelImpl {
    metrics::Mean tracker{"tracker"}, same_name{"tracker"};
    layers::Dense dense{3};
    Handle<WatchedImpl> watched;
    Tensor call(const Tensor& x) { return watched(dense(x)); }
    callbacks::Logs train_step(const Batch& batch) override {
      ModelImpl::train_step(batch);
      tracker.update_state(square(batch.x[0]));
      same_name.update_state(batch.x[0]);
      return get_metrics_result();
    }
  };
  struct ListingImpl : OwnImpl {
    std::vector<metrics::Metric> metrics() override {
      std::vector<metrics::Metric> all = ModelImpl::metrics();
      all.pop_back();
      return all;
    }
  };
  set_random_seed(5);
  const Tensor x = randn({22, 4}), y = randn({22, 3});
  const auto trained = [&](const Model& model, const std::vector<Callback>& callbacks) {
    set_random_seed(6);
    model.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
    return model.fit(x, y, {.batch_size = 4, .epochs = 3, .verbose = 0, .callbacks = callbacks});
  };
  const auto check = [&](const auto& make) {
    const History whole = trained(make(), {});
    for (const auto& options : frequencies) {
      for (const int after : {1, 4, 7}) {
        INFO("frequency " << options.save_freq.index() << ", killed after " << after);
        const TemporaryFolder folder = TemporaryFolder::in_memory();
        const callbacks::BackupAndRestore backup(folder.path(), options);
        CHECK_THROWS_AS(trained(make(), {backup, Kill(after)}), Killed);
        const History rest = trained(make(), {backup});
        for (const char* name : {"loss", "mae", "tracker", "mean"}) {
          const auto &all = whole[name], &some = rest[name];
          REQUIRE(some.size() <= all.size());
          CHECK(std::equal(some.begin(), some.end(), all.end() - static_cast<std::ptrdiff_t>(some.size())));
        }
        if (whole.contains("f1")) CHECK(same(rest.values("f1").back(), whole.values("f1").back()));
      }
    }
  };
  const auto built = [](const Model& model) {
    set_random_seed(7);
    model.build({-1, 4});
    return model;
  };
  check([&] { return built(Handle<OwnImpl>()); });
  check([&] { return built(Handle<ListingImpl>()); });
}

}  // namespace xtape::test
