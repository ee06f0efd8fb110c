#include <cmath>
#include <csignal>
#include <iostream>

#include "../support/captured_text.hpp"
#include "catch.hpp"
#include "driven.hpp"

using namespace xtape;
using test::CapturedText;
using test::drive;
using test::small_model;
using test::weight;

namespace {
const double none = std::nan("");
}

// The figures follow from Keras's EarlyStopping, epoch by epoch: wait rises, an improvement that also beats the
// baseline sets it to 0, and from the second epoch on wait >= patience ends the training.
TEST_CASE("early stopping ends a training after so many epochs without an improvement") {
  const Sequential model = small_model();
  const auto run = [&](callbacks::EarlyStoppingOptions options, std::vector<double> values) {
    return drive(EarlyStopping(options), model, options.monitor, values);
  };
  CHECK(run({}, {3, 2, 1, 1, 0}) == 4);
  CHECK(run({}, {3, 4, 1}) == 2);
  CHECK(run({.patience = 1}, {3, 2, 2.5, 1, 0}) == 3);
  CHECK(run({.patience = 2}, {3, 2, 2.5, 2.1, 1, 0}) == 4);
  CHECK(run({.patience = 2}, {3, 2, 2.5, 1.9, 2, 2, 0}) == 6);
  // Equal is no improvement, nor is less than min_delta, whatever its sign; exactly so much is none either.
  CHECK(run({.min_delta = 0.5, .patience = 1}, {3, 2.75, 2}) == 2);
  CHECK(run({.min_delta = -0.5, .patience = 1}, {3, 2.5, 2}) == 2);
  CHECK(run({.min_delta = 0.5, .patience = 1}, {3, 2.25, 1.5, 1.25, 0}) == 4);
  CHECK(run({.monitor = "val_accuracy", .patience = 1}, {0.1, 0.2, 0.15, 0.3}) == 3);
  CHECK(run({.monitor = "val_accuracy", .patience = 1, .mode = "min"}, {0.3, 0.2, 0.1, 0.2}) == 4);
  CHECK(run({.monitor = "x", .patience = 1, .mode = "max"}, {0.1, 0.2, 0.15, 0.3}) == 3);
  CHECK(run({.patience = 1, .start_from_epoch = 2}, {1, 2, 3, 4, 5}) == 4);
  // NaN is no improvement.
  CHECK(run({.patience = 2}, {3, none, none, 1}) == 3);
  CHECK(run({.patience = 2}, {none, none, none, 1}) == 2);
  // Improvements that miss the baseline do not start the patience anew; one that beats it does.
  CHECK(run({.patience = 2, .baseline = 1}, {3, 2, 1.5, 1.2}) == 4);
  CHECK(run({.patience = 2, .baseline = 1}, {3, 2, 1.5, 1.6, 0.5}) == 4);
  CHECK(run({.patience = 3, .baseline = 1}, {3, 2, 0.5, 0.6, 0.7, 0.8, 0.1}) == 6);
}

TEST_CASE("early stopping restores the weights of the best epoch, also where it did not stop") {
  const Sequential model = small_model();
  const EarlyStopping stopping({.patience = 2, .verbose = 1, .restore_best_weights = true});
  {
    const CapturedText output(std::cout);
    CHECK(drive(stopping, model, "val_loss", {3, 1, 2, 2, 2}) == 4);
    CHECK(output.text() == "Epoch 4: early stopping\nRestoring model weights from the end of the best epoch: 2.\n");
  }
  CHECK(weight(model) == 2);
  CHECK(stopping.stopped_epoch() == 3);
  CHECK(stopping.best_epoch() == 1);
  CHECK(stopping.best() == 1);
  CHECK(stopping.wait() == 2);

  const EarlyStopping patient({.patience = 9, .restore_best_weights = true});
  CHECK(drive(patient, model, "val_loss", {3, 1, 2}) == 3);
  CHECK(weight(model) == 2);
  CHECK(patient.stopped_epoch() == 0);
  // Those of the first epoch, where none is better.
  CHECK(drive(EarlyStopping({.patience = 9, .restore_best_weights = true}), model, "val_loss", {none, none, none}) ==
        3);
  CHECK(weight(model) == 1);
  CHECK(drive(EarlyStopping({.patience = 9}), model, "val_loss", {1, 2, 3}) == 3);
  CHECK(weight(model) == 3);
}

TEST_CASE("each fit looks for a best value of its own") {
  const Sequential model = small_model();
  const EarlyStopping stopping({.patience = 2, .restore_best_weights = true});
  CHECK(drive(stopping, model, "val_loss", {1, 1.1, 1.2, 1.3}) == 3);
  CHECK(stopping.best() == 1);
  CHECK(drive(stopping, model, "val_loss", {9, 8, 7, 6}) == 4);
  CHECK(stopping.best() == 6);
  CHECK(stopping.best_epoch() == 3);
  CHECK(weight(model) == 4);
}

TEST_CASE("early stopping names a figure that is not there, once, and goes on") {
  const CapturedText output(std::cerr);
  CHECK(drive(EarlyStopping(), small_model(), "loss", {1, 2, 3}) == 3);
  CHECK(output.text() ==
        "Early stopping conditioned on metric `val_loss` which is not available. Available metrics are: loss\n");
}

TEST_CASE("nothing is said of a figure that is missing because Ctrl-C has left the validation out") {
  struct Interrupts : CallbackImpl {
    int64_t epoch = 0;
    void on_epoch_begin(int64_t number) override { epoch = number; }
    void on_train_batch_begin(int64_t batch) override {
      if (epoch == 1 && batch == 1) std::raise(SIGINT);
    }
  };
  const Sequential model = small_model();
  const Tensor x = rand({8, 2}), y = sum(x, 1, true);
  const EarlyStopping stopping({.verbose = 1, .restore_best_weights = true});
  const CapturedText warnings(std::cerr), output(std::cout);
  const History history = model.fit(x, y,
                                    {.batch_size = 2,
                                     .epochs = 5,
                                     .verbose = 0,
                                     .callbacks = {stopping, callbacks::ReduceLROnPlateau(), Interrupts()},
                                     .validation_data = {x, y},
                                     .stop_on_interrupt = true});
  CHECK(history["loss"].size() == 2);
  CHECK(history["val_loss"].size() == 1);
  CHECK(warnings.text().empty());
  // The weights of the last epoch that was measured come back, which is said as always.
  CHECK(output.text() == "Restoring model weights from the end of the best epoch: 1.\n");
  CHECK(stopping.stopped_epoch() == 0);
  CHECK(model.evaluate(x, y, {.verbose = 0})["loss"] == Approx(history["val_loss"][0]));
}

TEST_CASE("early stopping refuses what it cannot use") {
  CHECK_THROWS_WITH(EarlyStopping({.mode = "maximum"}),
                    "EarlyStopping: mode must be \"auto\", \"min\" or \"max\", given \"maximum\"");
  CHECK_THROWS_WITH(EarlyStopping({.patience = -1}), "EarlyStopping: patience must be at least 0, given -1");
  CHECK_THROWS_AS(EarlyStopping({.min_delta = none}), ValueError);
  CHECK_THROWS_AS(EarlyStopping({.baseline = none}), ValueError);
  CHECK_THROWS_AS(EarlyStopping({.start_from_epoch = -1}), ValueError);
  CHECK_THROWS_WITH(drive(EarlyStopping({.monitor = "surprise"}), small_model(), "surprise", {1}),
                    "EarlyStopping callback received monitor=surprise, but it cannot be determined automatically "
                    "whether that metric should be maximized or minimized. Pass mode=\"max\" to use the highest metric "
                    "value, or mode=\"min\" to use the lowest one.");
}

TEST_CASE("early stopping refuses a name that does not say what is better before anything is trained") {
  Sequential model{layers::Dense(1, {.input_shape = {2}})};
  model.compile({.optimizer = "sgd", .loss = "mse", .metrics = {metrics::MeanAbsoluteError("foo")}});
  const Tensor before = model.get_weights()[0].clone();
  CHECK_THROWS_WITH(
      model.fit(ones({8, 2}), ones({8, 1}), {.verbose = 0, .callbacks = {EarlyStopping({.monitor = "foo"})}}),
      Contains("received monitor=foo, but it cannot be determined automatically"));
  CHECK(array_equal(model.get_weights()[0], before));
}

TEST_CASE("early stopping is read from its options by name") {
  const auto options = read_fields<callbacks::EarlyStoppingOptions>(
      parse_json(R"({"monitor": "loss", "patience": 2, "restore_best_weights": true, "baseline": null})"),
      "EarlyStopping");
  CHECK(options.monitor == "loss");
  CHECK(options.patience == 2);
  CHECK(options.restore_best_weights);
  CHECK(!options.baseline);
}

TEST_CASE("early stopping ends a fit and the best weights stay") {
  const Tensor x = ones({8, 2}), y = ones({8, 1});
  Sequential model{layers::Dense(1, {.kernel_initializer = "zeros", .input_shape = {2}})};
  // Steps that are too long: the loss grows from epoch to epoch.
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1}), .loss = "mse"});
  const EarlyStopping stopping({.patience = 1, .restore_best_weights = true});
  const History history =
      model.fit(x, y, {.epochs = 9, .verbose = 0, .callbacks = {stopping}, .validation_data = {x, y}});
  CHECK(history["loss"].size() == 2);
  CHECK(model.evaluate(x, y, {.verbose = 0})[0] == Approx(history["val_loss"][0]));
}
