#include <iostream>

#include "catch.hpp"
#include "saving/models.hpp"
#include "support/captured_text.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

Sequential noisy_model() {
  return Sequential({layers::InputLayer({4}), layers::Dense(6, {.activation = "tanh", .name = "a"}),
                     layers::Dropout(0.3, {.name = "b"}), layers::Dropout(0.2, {.seed = 7, .name = "c"}),
                     layers::BatchNormalization({.name = "d"}), layers::Dense(2, {.name = "e"})},
                    {.name = "model"});
}

// Three epochs in one go against one, a file, and two more.
void check_resumes(const optimizers::Optimizer& optimizer, const char* file) {
  const TemporaryFolder folder;
  set_random_seed(3);
  const Tensor x = randn({20, 4}), y = randn({20, 2});
  const Model model = noisy_model();
  model.compile({.optimizer = optimizer, .loss = "mse", .metrics = {"mae"}});
  const auto train = [&](const Model& of, int64_t epochs) {
    return of.fit(x, y, {.batch_size = 8, .epochs = epochs, .verbose = 0});
  };
  train(model, 1);
  model.save(folder / file);
  const History uninterrupted = train(model, 2);

  set_random_seed(99);  // as another process would
  const Model loaded = load_model(folder / file);
  const History resumed = train(loaded, 2);
  CHECK(resumed["loss"] == uninterrupted["loss"]);
  CHECK(resumed["mae"] == uninterrupted["mae"]);
  CHECK(same(loaded.get_weights(), model.get_weights()));
  const auto before = model.optimizer().variables(), after = loaded.optimizer().variables();
  REQUIRE(before.size() == after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    INFO(before[i].name);
    CHECK(same(after[i].value, before[i].value));
  }
}

}  // namespace

TEST_CASE("a training that goes on from a file is the one that was not interrupted, bit for bit") {
  using namespace optimizers;
  const std::pair<const char*, Optimizer (*)()> all[] = {
      {"SGD", [] { return Optimizer(SGD({.learning_rate = 0.013, .momentum = 0.9, .nesterov = true})); }},
      {"Adam", [] { return Optimizer(Adam({.learning_rate = 0.0123, .amsgrad = true})); }},
      {"AdamW", [] { return Optimizer(AdamW({.weight_decay = 0.01})); }},
      {"RMSprop", [] { return Optimizer(RMSprop({.momentum = 0.5, .centered = true})); }},
      {"Nadam", [] { return Optimizer(Nadam()); }},
      {"Adamax", [] { return Optimizer(Adamax()); }},
      {"Adagrad", [] { return Optimizer(Adagrad()); }},
      {"Adadelta", [] { return Optimizer(Adadelta()); }},
      {"Lion", [] { return Optimizer(Lion()); }},
      {"Ftrl", [] { return Optimizer(Ftrl()); }},
      {"Lamb", [] { return Optimizer(Lamb()); }},
      {"Adafactor", [] { return Optimizer(Adafactor()); }},
      {"moving averages", [] { return Optimizer(Adam({.use_ema = true, .ema_overwrite_frequency = 2})); }},
      {"accumulated gradients", [] { return Optimizer(Adam({.gradient_accumulation_steps = 2})); }},
      {"a schedule", [] { return Optimizer(SGD({.learning_rate = schedules::ExponentialDecay(0.1, 5, 0.7)})); }},
      {"a scaled loss", [] { return Optimizer(LossScaleOptimizer(Adam())); }},
  };
  for (const auto& [name, make] : all) {
    DYNAMIC_SECTION(name << " in .keras") { check_resumes(make(), "model.keras"); }
    DYNAMIC_SECTION(name << " in .h5") { check_resumes(make(), "model.h5"); }
  }
}

TEST_CASE("weights in Keras's newer format carry the optimizer") {
  const TemporaryFolder folder;
  const Tensor x = randn({8, 4}), y = randn({8, 2});
  const Model model = noisy_model();
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(x, y, {.epochs = 3, .verbose = 0});
  model.save_weights(folder / "w.weights.h5");
  const Model other = noisy_model();
  other.compile({.optimizer = "adam", .loss = "mse"});
  other.load_weights(folder / "w.weights.h5");
  CHECK(other.optimizer().iterations() == 3);
  CHECK(same(other.optimizer().slots()[0], model.optimizer().slots()[0]));
}

TEST_CASE("what optimizers keep in float64 goes on bit for bit") {
  const TemporaryFolder folder;
  set_random_seed(4);
  const Tensor x = randn({20, 4}, float64), y = randn({20, 2}, float64);
  for (const char* optimizer : {"nadam", "adam", "adafactor"}) {
    for (const char* file : {"model.keras", "model.h5"}) {
      INFO(optimizer << " in " << file);
      const Sequential model({layers::InputLayer({4}, {.dtype = float64}), layers::Dense(3, {.dtype = float64}),
                              layers::Dense(2, {.dtype = float64})});
      model.compile({.optimizer = optimizer, .loss = "mse"});
      model.fit(x, y, {.epochs = 2, .verbose = 0});
      model.save(folder / file);
      model.fit(x, y, {.epochs = 2, .verbose = 0});
      const Model loaded = load_model(folder / file);
      loaded.fit(x, y, {.epochs = 2, .verbose = 0});
      CHECK(same(loaded.get_weights(), model.get_weights()));
    }
  }
}

namespace {

Sequential model_of_three() {
  const Sequential model({layers::InputLayer({4}), layers::Dense(4, {.name = "p"}), layers::Dense(4, {.name = "q"}),
                          layers::Dense(2, {.name = "r"})},
                         {.name = "model"});
  return model;
}

void fit(const Model& model) {
  set_random_seed(8);
  model.fit(randn({20, 4}), randn({20, 2}), {.verbose = 0});
}

}  // namespace

TEST_CASE("a model whose layers were frozen or freed since its training loads without the optimizer's state") {
  const TemporaryFolder folder;
  for (const char* file : {"model.keras", "model.h5"}) {
    for (const bool freezes : {true, false}) {
      INFO(file << (freezes ? ", frozen" : ", freed"));
      const Sequential model = model_of_three();
      if (!freezes) model.get_layer("p").set_trainable(false);
      model.compile({.optimizer = "adam", .loss = "mse"});
      fit(model);
      model.get_layer("p").set_trainable(!freezes);
      model.save(folder / file);
      const CapturedText said(std::cerr);
      const Model loaded = load_model(folder / file);
      CHECK_THAT(said.text(), Contains(file) && Contains("the state of the optimizer is left out") &&
                                  Contains("p/kernel, model/p/bias") && !Contains("q/kernel"));
      CHECK(same(loaded.get_weights(), model.get_weights()));
      CHECK(loaded.optimizer().iterations() == 0);
      CHECK(loaded.get_layer("p").trainable() == !freezes);
      CHECK_NOTHROW(fit(loaded));
      // Compiled again it is as any other.
      model.compile({.optimizer = "adam", .loss = "mse"});
      fit(model);
      model.save(folder / file);
      CHECK(load_model(folder / file).optimizer().iterations() == 1);
    }
  }
}

TEST_CASE("the state of an optimizer goes to the variables that it is of") {
  const TemporaryFolder folder;
  const Sequential model = model_of_three();
  model.get_layer("p").set_trainable(false);
  model.compile({.optimizer = "adam", .loss = "mse"});
  fit(model);
  // As many variables of the same shapes.
  model.get_layer("p").set_trainable(true);
  model.get_layer("q").set_trainable(false);
  for (const char* file : {"model.keras", "model.h5"}) {
    model.save(folder / file);
    const CapturedText said(std::cerr);
    const Model loaded = load_model(folder / file);
    CHECK_THAT(said.text(), Contains("the file has the state of model/q/kernel, model/q/bias, which the model does not "
                                     "train; the model trains model/p/kernel, model/p/bias, of which it has none"));
    CHECK(loaded.optimizer().iterations() == 0);
  }
  model.save_weights(folder / "w.weights.h5");
  const auto made = [](const char* frozen) {
    const Sequential other = model_of_three();
    other.get_layer(frozen).set_trainable(false);
    other.compile({.optimizer = "adam", .loss = "mse"});
    return other;
  };
  const Model as_trained = made("p"), otherwise = made("q");
  const CapturedText said(std::cerr);
  otherwise.load_weights(folder / "w.weights.h5");
  CHECK_THAT(said.text(), Contains("the state of the optimizer is skipped"));
  CHECK(otherwise.optimizer().iterations() == 0);
  as_trained.load_weights(folder / "w.weights.h5");
  CHECK(as_trained.optimizer().iterations() == 1);
  CHECK(same(as_trained.optimizer().slots()[0], model.optimizer().slots()[0]));
}

TEST_CASE("the state of an optimizer that keeps something else in the same places is left out, or refused") {
  using namespace optimizers;
  const std::pair<const char*, std::pair<Optimizer, Optimizer>> all[] = {
      {"momentum and squares", {RMSprop({.momentum = 0.9}), RMSprop({.centered = true})}},
      {"averages and momentum", {SGD({.use_ema = true}), SGD({.momentum = 0.9})}},
      {"momentum and averages", {SGD({.momentum = 0.9}), SGD({.use_ema = true})}},
      {"averages and gathered gradients", {Adam({.use_ema = true}), Adam({.gradient_accumulation_steps = 2})}},
      {"another one inside", {LossScaleOptimizer(SGD({.momentum = 0.9})), LossScaleOptimizer(RMSprop())}},
      {"another one of the same slots inside",
       {LossScaleOptimizer(SGD({.momentum = 0.9})), LossScaleOptimizer(Lion())}},
  };
  for (const auto& [name, both] : all) {
    CAPTURE(name);
    const TemporaryFolder folder;
    const Tensor x = randn({8, 3}), y = randn({8, 2});
    const auto make = [](const Optimizer& optimizer) {
      const Sequential model({layers::InputLayer({3}), layers::Dense(4), layers::Dense(2)});
      model.compile({.optimizer = optimizer, .loss = "mse"});
      return model;
    };
    const Sequential model = make(both.first), other = make(both.second);
    const callbacks::BackupAndRestore backup(folder / "backup", {.delete_checkpoint = false});
    model.fit(x, y, {.verbose = 0, .callbacks = {backup}});
    model.save_weights(folder / "w.weights.h5");
    const CapturedText said(std::cerr);
    other.load_weights(folder / "w.weights.h5");
    CHECK_THAT(said.text(), Contains("the state of the optimizer is skipped") && Contains("the file has"));
    CHECK(other.optimizer().iterations() == 0);
    CHECK_THROWS_WITH(other.fit(x, y, {.epochs = 2, .verbose = 0, .callbacks = {backup}}),
                      Contains("optimizer: the file has") && Contains("delete the file"));

    const Sequential alike = make(deserialize(serialize(both.first)));
    alike.load_weights(folder / "w.weights.h5");
    CHECK(alike.optimizer().iterations() == model.optimizer().iterations());
  }
}

TEST_CASE("layers that keep their states go on with those of the file, bit for bit") {
  const Tensor x = randn({8, 5, 4}), y = randn({8, 2});
  const auto train = [&](const Model& model, int64_t epochs) {
    model.fit(x, y, {.batch_size = 4, .epochs = epochs, .verbose = 0, .shuffle = false});
  };
  for (const char* file : {"model.keras", "model.h5"}) {
    CAPTURE(file);
    const TemporaryFolder folder;
    const Sequential inner({layers::InputLayer({5, 4}), layers::LSTM(3, {.return_sequences = true, .stateful = true}),
                            layers::Bidirectional(layers::GRU(2, {.stateful = true}))},
                           {.name = "inner"});
    const Sequential model({layers::InputLayer({5, 4}), inner, layers::Dense(2)});
    model.compile({.optimizer = "adam", .loss = "mse"});
    train(model, 2);
    model.save(folder / file, {.self_test = true});
    const Model loaded = load_model(folder / file);
    train(model, 1);
    train(loaded, 1);
    CHECK(same(loaded.get_weights(), model.get_weights()));
    CHECK_NOTHROW(load_model(folder / file, {.compile = false}).predict(x, {.batch_size = 2, .verbose = 0}));
  }
}

}  // namespace xtape::test
