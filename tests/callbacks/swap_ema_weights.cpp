#include "catch.hpp"
#include "driven.hpp"

using namespace xtape;

namespace {

Sequential averaged_model() {
  Sequential model{layers::Dense(1, {.kernel_initializer = "zeros", .input_shape = {2}})};
  model.compile(
      {.optimizer = optimizers::SGD({.learning_rate = 0.1, .use_ema = true, .ema_momentum = 0.5}), .loss = "mse"});
  return model;
}

}  // namespace

TEST_CASE("an evaluation sees the averages, and the training goes on with the weights") {
  const Tensor x = ones({8, 2}), y = ones({8, 1});
  const Sequential model = averaged_model();
  for (int step = 0; step < 3; ++step) model.train_on_batch(x, y);
  const std::vector<Tensor> before = model.get_weights();
  const std::vector<Tensor> averages = model.optimizer().averages();
  const Tensor average = averages[0].clone();
  REQUIRE(!array_equal(average, before[0]));
  const SwapEMAWeights swap;
  swap->set_model(model);
  swap->on_test_begin();
  CHECK(array_equal(model.get_weights()[0], average));
  swap->on_test_begin();
  CHECK(array_equal(model.get_weights()[0], average));
  swap->on_test_end({});
  CHECK(array_equal(model.get_weights()[0], before[0]));
  CHECK(array_equal(averages[0], average));
}

TEST_CASE("weights swapped at each epoch end as the averages") {
  const Tensor x = ones({8, 2}), y = ones({8, 1});
  const Sequential swapped = averaged_model(), plain = averaged_model();
  swapped.fit(x, y, {.epochs = 3, .verbose = 0, .callbacks = {SwapEMAWeights({.swap_on_epoch = true})}});
  plain.fit(x, y, {.epochs = 3, .verbose = 0});
  CHECK(array_equal(swapped.get_weights()[0], plain.get_weights()[0]));
}

// Keras knows the last epoch by its number alone.
TEST_CASE("a training that is stopped ends with the weights themselves, whatever the order of callbacks") {
  const Tensor x = ones({8, 2}), y = ones({8, 1});
  const SwapEMAWeights before({.swap_on_epoch = true}), behind({.swap_on_epoch = true});
  struct Stop : CallbackImpl {
    void on_epoch_end(int64_t epoch, callbacks::Logs&) override { model().set_stop_training(epoch == 1); }
  };
  const Sequential first = averaged_model(), second = averaged_model();
  first.fit(x, y, {.epochs = 5, .verbose = 0, .callbacks = {before, Stop()}});
  second.fit(x, y, {.epochs = 5, .verbose = 0, .callbacks = {Stop(), behind}});
  CHECK(array_equal(first.get_weights()[0], second.get_weights()[0]));
  const Sequential plain = averaged_model();
  for (int step = 0; step < 2; ++step) plain.train_on_batch(x, y);
  CHECK(allclose(first.get_weights()[0], plain.get_weights()[0]));
}

TEST_CASE("averages are swapped of an optimizer that has some") {
  CHECK_THROWS_WITH(
      test::small_model().fit(
          ones({8, 2}), ones({8, 1}),
          {.verbose = 0, .callbacks = {SwapEMAWeights()}, .validation_data = {ones({8, 2}), ones({8, 1})}}),
      Contains("SwapEMAWeights must be used when `use_ema=True` is set on the optimizer"));
}
