#include <sstream>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/utils/progbar.hpp>
#include <xtape/utils/to_categorical.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("to_categorical") {
  CHECK(array_equal(utils::to_categorical(tensor({0, 2}), 3), tensor({{1.0, 0.0, 0.0}, {0.0, 0.0, 1.0}})));
  CHECK(utils::to_categorical(tensor({0, 2}).astype(uint8)).shape() == Shape{2, 3});
  CHECK(utils::to_categorical(tensor({{0}, {1}}), 4).shape() == Shape{2, 4});
  CHECK(utils::to_categorical(tensor({1, 0})).shape() == Shape{2, 2});
  CHECK(utils::to_categorical(zeros({0}, int64), 3).shape() == Shape{0, 3});
  const std::string cure = "; number the classes 0, 1, ... below num_classes";
  CHECK_THROWS_MATCHES(utils::to_categorical(tensor({0, 5}), 3), IndexError,
                       Message("to_categorical: label 5 at position 1 is outside [0, 3)" + cure));
  CHECK_THROWS_MATCHES(utils::to_categorical(tensor({0, -1})), IndexError,
                       Message("to_categorical: label -1 at position 1 is outside [0, 1)" + cure));
  CHECK_THROWS_MATCHES(utils::to_categorical(tensor({0.5}), 2), ValueError,
                       Message("to_categorical: label 0.5 at position 0 is not a whole number" + cure));
  CHECK_THROWS_MATCHES(utils::to_categorical(tensor({1}), 0), ValueError,
                       Message("to_categorical: num_classes must be at least 1, given 0"));
  CHECK_THROWS_MATCHES(utils::to_categorical(zeros({0}, int64)), ShapeError,
                       Message("to_categorical: there are no labels; give num_classes"));
}

TEST_CASE("class names become snake case as in Keras") {
  CHECK(detail::to_snake_case("Dense") == "dense");
  CHECK(detail::to_snake_case("Conv2D") == "conv2d");
  CHECK(detail::to_snake_case("MaxPooling2D") == "max_pooling2d");
  CHECK(detail::to_snake_case("LSTM") == "lstm");
  CHECK(detail::to_snake_case("LeakyReLU") == "leaky_re_lu");
  CHECK(detail::to_snake_case("Conv2DTranspose") == "conv2d_transpose");
  CHECK(detail::to_snake_case("BatchNormalization") == "batch_normalization");
}

TEST_CASE("the progress bar writes Keras's text") {
  callbacks::Logs logs;
  logs.set("accuracy", 0.40625);
  logs.set("loss", 0.00051234);
  std::ostringstream plain;
  utils::Progbar bar(3, {.stream = &plain});
  bar.update(1, logs);
  bar.update(3, logs, true);
  CHECK_THAT(plain.str(),
             Contains("3/3 ━━━━━━━━━━━━━━━━━━━━ 0s ") && Contains("/step - accuracy: 0.4062 - loss: 5.1234e-04\n"));
  CHECK(plain.str().find('\x1b') == std::string::npos);
  CHECK(plain.str().find("1/3") == std::string::npos);

  std::ostringstream terminal;
  utils::Progbar moving(3, {.interval = 0, .stream = &terminal, .dynamic_display = true});
  moving.update(1, logs);
  CHECK_THAT(terminal.str(),
             Contains("\r\x1b[1m1/3\x1b[0m \x1b[32m━━━━━━\x1b[0m\x1b[37m━━━━━━━━━━━━━━\x1b[0m \x1b[1m0s\x1b[0m "));

  std::ostringstream line;
  utils::Progbar silent(12, {.verbose = 2, .stream = &line});
  silent.update(3, logs);
  CHECK(line.str().empty());
  silent.update(12, logs, true);
  CHECK_THAT(line.str(), Contains("12/12 - 0s - ") && Contains("/step - accuracy: 0.4062"));
  CHECK_THROWS_AS(utils::Progbar(0), ValueError);
}

TEST_CASE("the progress bar writes negative numbers and orders names as Keras does") {
  callbacks::Logs logs;
  logs.set("loss", -0.86691);
  logs.set("z", -2e-4);
  for (const int verbose : {1, 2}) {
    std::ostringstream text;
    utils::Progbar bar(2, {.verbose = verbose, .stream = &text});
    if (verbose == 1) bar.update(1, logs);
    callbacks::Logs last;
    last.set("loss", -0.86691);
    last.set("val_loss", -0.5);
    last.set("z", -2e-4);
    bar.update(2, last, true);
    // What came first stays in front; the line alone writes all that is below 0 as powers of ten.
    CHECK_THAT(text.str(),
               Contains(verbose == 1 ? "/step - loss: -0.8669 - z: -2.0000e-04 - val_loss: -0.5000\n"
                                     : "/step - loss: -8.6691e-01 - val_loss: -5.0000e-01 - z: -2.0000e-04\n"));
  }
}

TEST_CASE("logs are written as in the progress bar") {
  callbacks::Logs logs;
  std::ostringstream nothing;
  nothing << logs;
  CHECK(nothing.str().empty());
  logs.set("accuracy", 0.40625);
  logs.set("loss", 0.00051234);
  logs.set("largest", 1e300);
  std::ostringstream text;
  text << logs;
  CHECK_THAT(text.str(),
             Contains("accuracy: 0.4062 - loss: 5.1234e-04 - largest: 1000000000000000052504760255204420") &&
                 Contains(".0000"));
}

TEST_CASE("where no name is near, all are listed") {
  CHECK_THROWS_WITH(detail::throw_unknown_name("fruit", "xyzzy", {"apple", "pear", "plum", "cherry"}),
                    "unknown fruit \"xyzzy\"; known names are \"apple\", \"pear\", \"plum\", \"cherry\"");
  CHECK_THROWS_WITH(detail::throw_unknown_name("fruit", "aple", {"pear", "apple", "plum", "cherry"}),
                    "unknown fruit \"aple\"; the nearest known names are \"apple\", \"plum\", \"pear\"");
  // Long ones are compared with none, and begin alone.
  const std::string e200(200, 'e'), u200 = "a\xC3\xBC" + std::string(196, 'u') + "\xC3\xBC";
  CHECK_THROWS_WITH(detail::throw_unknown_name("fruit", e200, {e200 + "e", "pear", "ee"}),
                    "unknown fruit \"" + e200 + "\"; known names are \"" + e200 + "...\", \"pear\", \"ee\"");
  CHECK_THROWS_WITH(detail::throw_unknown_name("fruit", e200 + "e", {e200, "pear"}),
                    "unknown fruit \"" + e200 + "...\"; known names are \"" + e200 + "\", \"pear\"");
  CHECK_THROWS_WITH(detail::throw_unknown_name("fruit", u200, {"pear"}),
                    "unknown fruit \"a\xC3\xBC" + std::string(196, 'u') + "...\"; known names are \"pear\"");
  CHECK_THROWS_WITH(detail::throw_unknown_name("fruit", "aple", {}), "unknown fruit \"aple\"; there are none");
}

TEST_CASE("logs and unknown names") {
  callbacks::Logs logs;
  logs.set("loss", 1);
  logs.set("accuracy", 0.5);
  logs.set("loss", 2);
  CHECK(logs["loss"] == 2);
  CHECK(logs[1] == 0.5);
  CHECK(logs[1u] == 0.5);
  CHECK_THROWS_MATCHES(
      logs[2], IndexError,
      Message("logs: position 2 is outside [0, 2); positions count from the front, and names work too"));
  CHECK_THROWS_WITH(logs[-1], Contains("logs: position -1 is outside [0, 2)"));
  CHECK_THROWS_WITH(logs["los"], Contains("\"loss\""));
}
