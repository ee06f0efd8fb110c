#include <sstream>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/utils/clear_session.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("summary is Keras's table") {
  utils::clear_session();
  Sequential model{layers::Dense(64, {.input_shape = {784}}), layers::BatchNormalization()};
  std::ostringstream text;
  model.summary(text, 76);
  CHECK(text.str() ==
        R"(Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ dense (Dense)                   │ (None, 64)             │        50,240 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ batch_normalization             │ (None, 64)             │           256 │
│ (BatchNormalization)            │                        │               │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 50,496 (197.25 KB)
 Trainable params: 50,368 (196.75 KB)
 Non-trainable params: 128 (512.00 B)
)");
}

TEST_CASE("summary needs some width") {
  Sequential model({layers::Dense(64, {.input_shape = {784}})}, {.name = "m"});
  std::ostringstream text;
  CHECK_THROWS_WITH(model.summary(text, 19), "m: summary: line_length must be at least 20, given 19");
  CHECK(text.str().empty());
  model.summary(text, 20);
  CHECK_THAT(text.str(), Contains("Model: \"m\""));
}

TEST_CASE("summary counts the optimizer once it is built, and shows what is not built") {
  utils::clear_session();
  Sequential model{layers::Dense(2)};
  std::ostringstream before;
  model.summary(before);
  CHECK_THAT(before.str(),
             Contains("│ dense (Dense)                        │ ?                           │     0 (unbuilt) │"));
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(ones({4, 3}), ones({4, 2}), {.verbose = 0});
  std::ostringstream after;
  model.summary(after);
  CHECK_THAT(after.str(), Contains(" Total params: 26 (104.00 B)\n Trainable params: 8 (32.00 B)\n") &&
                              Contains(" Optimizer params: 18 (72.00 B)\n"));
}
