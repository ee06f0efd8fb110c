#include <sstream>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

template <class Drawn>
std::string drawn(const Drawn& what, const plots::TerminalOptions& options) {
  std::ostringstream text;
  plots::terminal(what, text, options);
  return text.str();
}

History line() {
  History history;
  for (int64_t epoch = 0; epoch < 5; ++epoch) {
    callbacks::Logs logs;
    logs.set("loss", static_cast<double>(4 - epoch));
    history.add(epoch, logs);
  }
  return history;
}

}  // namespace

TEST_CASE("a curve of blocks falls from the upper left to the lower right") {
  CHECK(drawn(line(), {.width = 30, .height = 4}) ==
        "loss  ▀▄ training\n"
        "4┤▀▚▄▄▄▖\n"
        " │     ▝▀▀▀▚▄▄▄\n"
        "2┤             ▀▀▀▀▄▄▄▄\n"
        "0┤                     ▀▀▀▚▄▄\n"
        " └───────────────────────────\n"
        "         2            4\n");
  // Without colours no control characters; with them the same letters.
  const std::string colored = drawn(line(), {.width = 30, .height = 4, .color = true});
  CHECK_THAT(colored, Contains("\x1b[34m"));
  CHECK(drawn(line(), {.width = 30, .height = 4}).find('\x1b') == std::string::npos);
}

TEST_CASE("values that have no place on an axis are gaps, and the largest lie at its ends") {
  const auto curve = [](const std::vector<double>& values, const std::string& yscale) {
    History history;
    for (std::size_t epoch = 0; epoch < values.size(); ++epoch) {
      callbacks::Logs logs;
      logs.set("loss", values[epoch]);
      history.add(static_cast<int64_t>(epoch), logs);
    }
    const std::string text = drawn(history, {.width = 30, .height = 4, .yscale = yscale});
    return text.substr(text.find('\n'));  // without the legend
  };
  for (const char* block : {"▀", "▄", "▘", "▝", "▖", "▗", "▌", "▐", "█"}) {
    CHECK(curve({0, -1, 0}, "log").find(block) == std::string::npos);
  }
  CHECK(curve({1e308, 1e308, -1e308}, "linear") == curve({1e300, 1e300, -1e300}, "linear"));
}

TEST_CASE("images are drawn with two pixels a letter, beside each other") {
  const Tensor images = tensor({0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0}).reshape({2, 2, 2});
  CHECK(drawn(images, {.color = true}) ==
        "\x1b[38;2;0;0;0m\x1b[48;2;255;255;255m▀\x1b[38;2;255;255;255m\x1b[48;2;0;0;0m▀\x1b[0m "
        "\x1b[38;2;255;255;255m\x1b[48;2;255;255;255m▀\x1b[38;2;255;255;255m\x1b[48;2;255;255;255m▀\x1b[0m\n");
  CHECK(drawn(images, {}) == "▒▒ ██\n");
  CHECK(drawn(images, {.width = 2}) == "▒▒\n\n██\n");
  // Too wide: shrunk to the width.
  CHECK(drawn(ones({1, 4, 8}), {.width = 4}) == "████\n");
}

TEST_CASE("a terminal refuses what has no room") {
  CHECK_THROWS_WITH(drawn(line(), {.width = 29}), "terminal: width must be at least 30, given 29");
  CHECK_THROWS_AS(drawn(line(), {.height = 2}), ValueError);
  CHECK_THROWS_AS(drawn(line(), {.yscale = "ln"}), ValueError);
  CHECK_THROWS_AS(drawn(line(), {.metrics = {"x"}}), ValueError);
  CHECK_THROWS_AS(drawn(History(), {}), ValueError);
  CHECK_THROWS_AS(drawn(zeros({2}), {}), ShapeError);
  CHECK_THROWS_AS(drawn(ones({1, 2, 2}), {.width = 0}), ValueError);
}
