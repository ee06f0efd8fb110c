#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
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
  model.summary(text, {.line_length = 76});
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
  CHECK_THROWS_WITH(model.summary(text, {.line_length = 12}),
                    "m: summary: a line of 12 letters leaves no room for the column \"Output Shape\"");
  CHECK(text.str().empty());
  model.summary(text, {.line_length = 20});
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

TEST_CASE("summary shows the layers of models in a model, and what is trained") {
  const Sequential inner(
      {layers::Dense(2, {.input_shape = {3}, .name = "one"}), layers::Dropout(0.5, {.name = "drop"})},
      {.name = "inner"});
  const Sequential model({inner, layers::Dense(1, {.name = "two"})}, {.name = "outer"});
  model.build({-1, 3});
  inner.layers()[0].set_trainable(false);
  std::ostringstream text;
  model.summary(text, {.line_length = 80, .expand_nested = true, .show_trainable = true});
  CHECK(text.str() ==
        R"(Model: "outer"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━┳━━━━━━━┓
┃ Layer (type)                  ┃ Output Shape           ┃     Param # ┃ Trai… ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━╇━━━━━━━┩
│ inner (Sequential)            │ (None, 2)              │           8 │   Y   │
├───────────────────────────────┼────────────────────────┼─────────────┼───────┤
│    └ one (Dense)              │ (None, 2)              │           8 │   N   │
├───────────────────────────────┼────────────────────────┼─────────────┼───────┤
│    └ drop (Dropout)           │ (None, 2)              │           0 │   -   │
├───────────────────────────────┼────────────────────────┼─────────────┼───────┤
│ two (Dense)                   │ (None, 1)              │           3 │   Y   │
└───────────────────────────────┴────────────────────────┴─────────────┴───────┘
 Total params: 11 (44.00 B)
 Trainable params: 3 (12.00 B)
 Non-trainable params: 8 (32.00 B)
)");
}

TEST_CASE("summary says what is connected to what, unless one layer follows another") {
  const Symbol a = Input({2}, {.name = "a"}), b = Input({3}, {.name = "b"});
  std::ostringstream pair, chain;
  Model({a, b}, {layers::Dense(1, {.name = "p"})(a), layers::Dense(1, {.name = "q"})(b)}).summary(pair);
  CHECK_THAT(pair.str(), Contains(" ┃ Connected to ") && Contains(" 0 │ -  ") && Contains(" 4 │ b[0][0] "));
  Model(a, layers::Dense(1)(a)).summary(chain);
  CHECK_THAT(chain.str(), !Contains("Connected to"));
}

TEST_CASE("columns of a summary end where positions say") {
  const Sequential model({layers::Dense(2, {.input_shape = {3}, .name = "a_layer_of_a_long_name"})}, {.name = "m"});
  std::ostringstream text;
  model.summary(text, {.line_length = 40, .positions = {0.5, 0.8, 1}});
  CHECK_THAT(text.str(),
             Contains("│ a_layer_of_a_lon… │ (None,   │     8 │\n│ (Dense)           │ 2)       │       │\n"));
  CHECK_THROWS_WITH(model.summary(text, {.positions = {0.5, 1}}),
                    "m: summary: expected 3 positions, one for each column, given 2");
}

TEST_CASE("summary shows the layers between two names") {
  const Sequential model({layers::Dense(2, {.input_shape = {3}, .name = "one"}), layers::Dense(2, {.name = "conv_1"}),
                          layers::Dense(2, {.name = "conv_2"}), layers::Dense(2, {.name = "two"})},
                         {.name = "m"});
  const auto shown = [&](const std::string& first, const std::string& last) {
    std::ostringstream text;
    model.summary(text, {.layer_range = {first, last}});
    std::string names;
    for (const char* name : {"one", "conv_1", "conv_2", "two"}) {
      if (text.str().find(std::string(name) + " (Dense)") != std::string::npos) names += std::string(name) + ' ';
    }
    CHECK_THAT(text.str(), Contains(" Total params: 26 "));
    return names;
  };
  CHECK(shown("conv_1", "conv_2") == "conv_1 conv_2 ");
  CHECK(shown("conv", "conv") == "conv_1 conv_2 ");
  CHECK(shown("o", "conv_1") == "one conv_1 ");
  CHECK(shown("two", "conv_2") == "conv_2 two ");  // the other way round
  CHECK(shown(".*_1$", "t") == "conv_1 conv_2 two ");
  std::ostringstream text;
  CHECK_THROWS_WITH(model.summary(text, {.layer_range = {"one"}}),
                    "m: summary: layer_range takes the names of 2 layers, given 1");
  CHECK_THROWS_WITH(model.summary(text, {.layer_range = {"one", "tow"}}), Contains("\"tow\"") && Contains("\"two\""));
  CHECK_THROWS_WITH(model.summary(text, {.layer_range = {"(", "two"}}), Contains("is no regular expression"));
}

TEST_CASE("summary to std::cout fits the width that COLUMNS says") {
  const Sequential model({layers::Dense(2, {.input_shape = {3}})}, {.name = "m"});
  const auto width = [&](const char* columns) {
    std::ostringstream text;
    std::streambuf* const usual = std::cout.rdbuf(text.rdbuf());
    setenv("COLUMNS", columns, 1);
    model.summary();
    unsetenv("COLUMNS");
    std::cout.rdbuf(usual);
    const std::string table = text.str();
    // A letter of a border is three bytes.
    const std::size_t begin = table.find("┏");
    return (table.find('\n', begin) - begin) / 3;
  };
  CHECK(width("60") == 56);
  CHECK(width("200") == 88);
}
