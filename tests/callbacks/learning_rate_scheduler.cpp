#include <iostream>

#include "../support/captured_text.hpp"
#include "catch.hpp"
#include "driven.hpp"

using namespace xtape;
using test::CapturedText;
using test::small_model;

TEST_CASE("a schedule sets the learning rate of each epoch from the one before") {
  const Sequential model = small_model();
  const Tensor x = ones({8, 2}), y = ones({8, 1});
  const LearningRateScheduler halve([](int64_t epoch, double rate) { return epoch < 2 ? rate : rate / 2; });
  const History history = model.fit(x, y, {.epochs = 4, .verbose = 0, .callbacks = {halve}});
  CHECK(history.history["learning_rate"] == std::vector<double>{0.5, 0.5, 0.25, 0.125});
  CHECK(model.optimizer().learning_rate() == 0.125);
}

TEST_CASE("a schedule of the epoch alone, and what it says") {
  const Sequential model = small_model();
  const CapturedText output(std::cout);
  const LearningRateScheduler scheduler([](int64_t epoch) { return 0.1 / static_cast<double>(epoch + 1); },
                                        {.verbose = 1});
  const History history = model.fit(ones({8, 2}), ones({8, 1}), {.epochs = 2, .verbose = 0, .callbacks = {scheduler}});
  CHECK(history["learning_rate"] == std::vector<double>{0.10000000149011612, 0.05000000074505806});
  CHECK(output.text() ==
        "\nEpoch 1: LearningRateScheduler setting learning rate to 0.1.\n"
        "\nEpoch 2: LearningRateScheduler setting learning rate to 0.05.\n");
}

TEST_CASE("a schedule has to be a function that gives rates") {
  CHECK_THROWS_WITH(LearningRateScheduler(LearningRateScheduler::Schedule()),
                    "LearningRateScheduler: the schedule must be a function, given an empty one");
  const LearningRateScheduler negative([](int64_t, double) { return -1.0; });
  CHECK_THROWS_AS(small_model().fit(ones({8, 2}), ones({8, 1}), {.verbose = 0, .callbacks = {negative}}), ValueError);
}
