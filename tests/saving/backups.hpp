#pragma once

#include <cstdint>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

namespace xtape::test {

struct Data {
  Tensor x, y;
};

inline Data data() {
  set_random_seed(5);
  return {randn({22, 4}), randint(0, 3, {22})};
}

// Compiled, with layers that draw and that keep statistics.
inline Sequential model() {
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

inline History train(const Model& model, const Data& data, const std::vector<Callback>& callbacks) {
  return model.fit(data.x, data.y, {.batch_size = 4, .epochs = 4, .verbose = 0, .callbacks = callbacks});
}

// Each epoch, each batch, each third one.
inline const callbacks::BackupAndRestoreOptions frequencies[] = {
    {}, {.save_freq = int64_t{1}}, {.save_freq = int64_t{3}}};

}  // namespace xtape::test
