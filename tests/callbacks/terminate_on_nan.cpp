#include <iostream>
#include <limits>

#include "../support/captured_text.hpp"
#include "catch.hpp"
#include "driven.hpp"

using namespace xtape;
using test::CapturedText;

namespace {

// Batches of two, of which the second is not finite.
Tensor targets(double second) {
  const Tensor y = ones({8, 1});
  y.slice(0, {2, 4}).fill(second);
  return y;
}

}  // namespace

TEST_CASE("a loss that is not finite ends the training and names the batch") {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    const CapturedText output(std::cout);
    const History history = test::small_model().fit(
        ones({8, 2}), targets(bad),
        {.batch_size = 2, .epochs = 5, .verbose = 0, .callbacks = {TerminateOnNaN()}, .shuffle = false});
    CHECK(history["loss"].size() == 1);
    CHECK_THAT(output.text(), Contains("Batch 1: Invalid loss, terminating training\n"));
  }
  const CapturedText output(std::cout);
  const History whole =
      test::small_model().fit(ones({8, 2}), targets(1), {.epochs = 5, .verbose = 0, .callbacks = {TerminateOnNaN()}});
  CHECK(whole["loss"].size() == 5);
  CHECK(output.text().empty());
}

TEST_CASE("a loss that is not finite can be an error") {
  const Sequential model = test::small_model();
  CHECK_THROWS_WITH(
      model.fit(
          ones({8, 2}), targets(std::nan("")),
          {.batch_size = 2, .verbose = 0, .callbacks = {TerminateOnNaN({.raise_error = true})}, .shuffle = false}),
      Contains("NaN or Inf loss encountered at batch 1. Loss value: nan. Terminating training immediately."));
}
