#include <cmath>
#include <iostream>

#include "../support/captured_text.hpp"
#include "catch.hpp"
#include "driven.hpp"

using namespace xtape;
using test::CapturedText;
using test::drive;
using test::small_model;

namespace {

double rate_after(callbacks::ReduceLROnPlateauOptions options, const std::vector<double>& values) {
  const Sequential model = small_model();
  drive(ReduceLROnPlateau(options), model, options.monitor, values);
  return model.optimizer().learning_rate();
}

}  // namespace

// The figures follow from Keras's ReduceLROnPlateau, epoch by epoch, with the rate 0.5 at the start.
TEST_CASE("the learning rate falls where a figure does not improve") {
  CHECK(rate_after({.patience = 1}, {3, 2, 1}) == 0.5);
  CHECK(rate_after({.patience = 1}, {3, 3}) == Approx(0.05));
  CHECK(rate_after({.factor = 0.5, .patience = 2}, {3, 3}) == 0.5);
  CHECK(rate_after({.factor = 0.5, .patience = 2}, {3, 3, 3}) == 0.25);
  CHECK(rate_after({.factor = 0.5, .patience = 2}, {3, 3, 3, 3}) == 0.25);
  CHECK(rate_after({.factor = 0.5, .patience = 2}, {3, 3, 3, 3, 3}) == 0.125);
  // 1e-4 less is no improvement, 2e-4 less is one.
  CHECK(rate_after({.factor = 0.5, .patience = 1}, {3, 2.99995}) == 0.25);
  CHECK(rate_after({.factor = 0.5, .patience = 1}, {3, 2.9998}) == 0.5);
  CHECK(rate_after({.factor = 0.5, .patience = 1, .min_delta = 1}, {3, 2.5}) == 0.25);
  // The epoch after a change and the next are not counted; the second of them ends the rest.
  CHECK(rate_after({.factor = 0.5, .patience = 1, .cooldown = 2}, {3, 3, 3}) == 0.25);
  CHECK(rate_after({.factor = 0.5, .patience = 1, .cooldown = 2}, {3, 3, 3, 3}) == 0.125);
  CHECK(rate_after({.factor = 0.5, .patience = 1, .min_lr = 0.2}, {3, 3, 3, 3}) == Approx(0.2));
  CHECK(rate_after({.monitor = "accuracy", .factor = 0.5, .patience = 1}, {0.5, 0.6, 0.7}) == 0.5);
  CHECK(rate_after({.monitor = "accuracy", .factor = 0.5, .patience = 1}, {0.5, 0.4}) == 0.25);
  CHECK(rate_after({.monitor = "x", .factor = 0.5, .patience = 1, .mode = "max"}, {0.5, 0.4}) == 0.25);
  CHECK(rate_after({.factor = 0.5, .patience = 1}, {3, std::nan("")}) == 0.25);
}

TEST_CASE("each fit looks for a plateau of its own") {
  const Sequential model = small_model();
  const ReduceLROnPlateau callback({.factor = 0.5, .patience = 2});
  drive(callback, model, "val_loss", {1, 1});
  drive(callback, model, "val_loss", {9, 8, 7, 6});
  CHECK(model.optimizer().learning_rate() == 0.5);
}

TEST_CASE("each epoch's logs have the rate that it was trained with, in float32") {
  const Sequential model = small_model();
  model.optimizer().set_learning_rate(0.3);
  const ReduceLROnPlateau callback({.factor = 0.5, .patience = 1, .verbose = 1});
  callback->set_model(model);
  callback->on_train_begin();
  const CapturedText output(std::cout);
  std::vector<double> rates;
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    callbacks::Logs logs;
    logs.set("val_loss", 1);
    callback->on_epoch_end(epoch, logs);
    rates.push_back(logs["learning_rate"]);
  }
  CHECK(rates == std::vector<double>{0.30000001192092896, 0.30000001192092896, 0.15000000596046448});
  CHECK(output.text() ==
        "\nEpoch 2: ReduceLROnPlateau reducing learning rate to 0.15000000596046448.\n"
        "\nEpoch 3: ReduceLROnPlateau reducing learning rate to 0.07500000298023224.\n");
}

TEST_CASE("the learning rate is recorded where the watched figure is missing") {
  const CapturedText output(std::cerr);
  const Tensor x = ones({8, 2}), y = ones({8, 1});
  const History history = small_model().fit(x, y, {.epochs = 2, .verbose = 0, .callbacks = {ReduceLROnPlateau()}});
  CHECK(history.history["learning_rate"] == std::vector<double>{0.5, 0.5});
  CHECK(output.text() ==
        "Learning rate reduction is conditioned on metric `val_loss` which is not available. Available metrics are: "
        "loss,learning_rate\n");
}

TEST_CASE("a reduction of the learning rate refuses what it cannot use") {
  CHECK_THROWS_WITH(ReduceLROnPlateau({.factor = 1}),
                    "ReduceLROnPlateau does not support a factor >= 1.0. Received factor=1.0");
  CHECK_THROWS_AS(ReduceLROnPlateau({.factor = 0}), ValueError);
  CHECK_THROWS_AS(ReduceLROnPlateau({.patience = -1}), ValueError);
  CHECK_THROWS_AS(ReduceLROnPlateau({.cooldown = -1}), ValueError);
  CHECK_THROWS_AS(ReduceLROnPlateau({.min_lr = -1}), ValueError);
  CHECK_THROWS_WITH(ReduceLROnPlateau({.mode = "up"}),
                    "ReduceLROnPlateau: mode must be \"auto\", \"min\" or \"max\", given \"up\"");
}
