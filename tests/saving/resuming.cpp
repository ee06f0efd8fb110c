#include "catch.hpp"
#include "saving/models.hpp"
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

}  // namespace xtape::test
