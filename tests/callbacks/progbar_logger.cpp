#include <iostream>

#include "../support/captured_text.hpp"
#include "catch.hpp"
#include "driven.hpp"

using namespace xtape;

TEST_CASE("a ProgbarLogger shows the progress once, at its place among the callbacks") {
  const Tensor x = ones({8, 2}), y = ones({8, 1});
  const test::CapturedText output(std::cout);
  const LambdaCallback note({.on_epoch_end = [](int64_t, callbacks::Logs&) { std::cout << "after\n"; }});
  test::small_model().fit(x, y, {.epochs = 2, .verbose = 2, .callbacks = {ProgbarLogger(), note}});
  const std::string text = output.text();
  CHECK(text.find("Epoch 1/2\n1/1 - 0s - ") == 0);
  CHECK(text.find("after\n") > text.find("loss: "));
  CHECK(text.find("Epoch 1/2") == text.rfind("Epoch 1/2"));
}
