#include <cmath>
#include <fstream>
#include <iterator>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

using namespace xtape;

namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
  return found;
}

// A history with these values of each name.
History history_of(const std::vector<std::pair<std::string, std::vector<double>>>& values) {
  History history;
  for (std::size_t epoch = 0; epoch < values[0].second.size(); ++epoch) {
    callbacks::Logs logs;
    for (const auto& [name, all] : values) logs.set(name, all[epoch]);
    history.add(static_cast<int64_t>(epoch), logs);
  }
  return history;
}

std::string svg(const History& history, const plots::TrainingCurveOptions& options = {}) {
  const TemporaryFolder folder;
  plots::training_curve(history, folder / "curve.svg", options);
  return content(folder / "curve.svg");
}

const std::string training = "stroke=\"#005aa0\"", validation = "stroke=\"#e65f0a\"";

}  // namespace

TEST_CASE("training and validation of a metric share a panel, and the best epoch is marked") {
  const std::string text = svg(history_of({{"loss", {3, 2, 1}}, {"val_loss", {3, 1.5, 2}}}));
  CHECK(text.find("<svg xmlns") == 0);
  CHECK(count(text, ">epoch<") == 1);
  CHECK(count(text, ">loss<") == 1);
  CHECK(count(text, ">training<") == 1);
  CHECK(count(text, ">validation<") == 1);
  CHECK_THAT(text, Contains(">best epoch 2: val_loss 1.5<"));
  // The line and its sample, and of the validation the ring.
  CHECK(count(text, training) == 2);
  CHECK(count(text, validation) == 3);

  const std::string high = svg(history_of({{"accuracy", {0.1, 0.3, 0.2}}}), {.monitor = "accuracy"});
  CHECK_THAT(high, Contains("best epoch 2: accuracy 0.3"));
  CHECK_THAT(svg(history_of({{"accuracy", {0.1, 0.3, 0.2}}}), {.monitor = "accuracy", .mode = "min"}),
             Contains("best epoch 1: accuracy 0.1"));
  CHECK(count(svg(history_of({{"loss", {1, 2}}}), {.monitor = ""}), "best epoch") == 0);
  CHECK_THAT(svg(history_of({{"loss", {1, 2}}})), Contains("best epoch 1: loss 1<"));
}

TEST_CASE("metrics stand in at most three columns, the loss first") {
  std::vector<std::pair<std::string, std::vector<double>>> values;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "loss"}) values.push_back({name, {1, 2}});
  const std::string seven = svg(history_of(values));
  CHECK(count(seven, ">epoch<") == 7);
  CHECK_THAT(seven, Contains("width=\"1164\" height=\"822\""));  // 3 x 380 + 24, 3 x 260 + 42
  CHECK(seven.find(">loss<") < seven.find(">a<"));
  values.resize(4);
  CHECK_THAT(svg(history_of(values)), Contains("width=\"784\""));
  const std::string two = svg(history_of(values), {.metrics = {"d", "a"}, .width = 200, .height = 150});
  CHECK(count(two, ">epoch<") == 2);
  CHECK(two.find(">d<") < two.find(">a<"));
  CHECK_THAT(two, Contains("width=\"424\" height=\"192\""));
}

TEST_CASE("epochs without a finite value are gaps") {
  const double none = std::nan("");
  const auto lines = [](const std::string& text) { return count(text, training) - 1; };
  const auto curve = [&](const std::vector<double>& values, const std::string& yscale) {
    return svg(history_of({{"loss", values}}), {.yscale = yscale, .monitor = ""});
  };
  CHECK(lines(curve({1, 2, 3, 4, 5}, "linear")) == 1);
  CHECK(lines(curve({1, 2, none, 4, 5}, "linear")) == 2);
  CHECK(lines(curve({1, 2, INFINITY, 4, 5, none, 1, 1}, "linear")) == 3);
  // One value between gaps is a point.
  const std::string point = curve({none, 2, none}, "linear");
  CHECK(lines(point) == 0);
  CHECK(count(point, "<circle") == 1);
  CHECK(lines(curve({1, 2, 0, 4, 5, -1, 1, 2}, "log")) == 3);
  CHECK_THAT(curve({none, none}, "linear"), Contains("no finite values<"));
  const std::string nothing = curve({-1, 0}, "log");
  CHECK_THAT(nothing, Contains("no finite values above 0<"));
  CHECK(lines(nothing) == 0);
  CHECK(count(nothing, "<circle") == 0);
  CHECK(curve({none, none}, "linear").find("nan") == std::string::npos);
  CHECK(curve({1e308, -1e308, 1}, "linear").find("inf") == std::string::npos);
}

TEST_CASE("the largest values stay within their panel") {
  const std::string text = svg(history_of({{"loss", {1e301, -1e301, 1e308}}, {"b", {3e-310, 1, 2}}}));
  for (std::size_t at = 0; (at = text.find("<circle", at)) != std::string::npos; ++at) {
    const double y = std::stod(text.substr(text.find("cy=\"", at) + 4));
    CHECK((y > 0 && y < 302));
  }
  CHECK(count(text, "<circle") >= 6);
  // No place is written in so many digits.
  CHECK(text.find("000000") == std::string::npos);
}

TEST_CASE("the values of a seldom validation stand at their epochs") {
  History history;
  for (int64_t epoch = 0; epoch < 4; ++epoch) {
    callbacks::Logs logs;
    logs.set("loss", 1);
    if (epoch % 2 == 1) logs.set("val_loss", static_cast<double>(4 - epoch));
    history.add(epoch, logs);
  }
  CHECK_THAT(svg(history), Contains("best epoch 4: val_loss 1<"));
}

TEST_CASE("names are escaped, and shortened to their panel") {
  const std::string bad = "<b>&\"\x01\xff";
  const std::string text =
      svg(history_of({{"loss", {1, 2}}, {bad, {1, 2}}, {std::string(200, 'x'), {1, 2}}}), {.title = "a < b & c"});
  CHECK_THAT(text, Contains(">&lt;b&gt;&amp;&quot;\xef\xbf\xbd\xef\xbf\xbd<") && Contains(">a &lt; b &amp; c<"));
  CHECK_THAT(text, Contains("xxx\xe2\x80\xa6<"));
  CHECK(count(text, std::string(60, 'x')) == 0);
}

TEST_CASE("a curve is drawn as PNG where cairo is, and else says so") {
  const TemporaryFolder folder;
  const History history = history_of({{"loss", {3, 2, std::nan("")}}, {"\xff", {1, 2, 3}}});
#ifdef XTAPE_HAVE_CAIRO
  plots::training_curve(history, folder / "curve.PNG", {.dpi = 96});
  const std::string png = content(folder / "curve.PNG");
  REQUIRE(png.size() > 1000);
  CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  CHECK(png.substr(16, 8) == std::string("\0\0\x03\x10\0\0\x01\x2e", 8));  // 784 x 302
  CHECK_THROWS_WITH(plots::training_curve(history, folder / "x.png", {.dpi = 1e6}),
                    Contains("a PNG has at most 32767 x 32767 pixels"));
  CHECK_THROWS_AS(plots::training_curve(history, "/nowhere/x.png"), IOError);
#else
  CHECK_THROWS_WITH(plots::training_curve(history, folder / "curve.png"),
                    Contains("curve.svg, or build with -DXTAPE_WITH_CAIRO=ON"));
#endif
}

TEST_CASE("a curve refuses what it cannot draw") {
  const History history = history_of({{"loss", {3, 2}}});
  const auto draw = [&](const std::string& path, const plots::TrainingCurveOptions& options) {
    plots::training_curve(history, path, options);
  };
  CHECK_THROWS_WITH(draw("curve", {}), "training_curve: the path needs the ending .svg or .png, given \"curve\"");
  CHECK_THROWS_AS(draw("curve.jpg", {}), ValueError);
  CHECK_THROWS_WITH(draw("x.svg", {.yscale = "ln"}),
                    "training_curve: yscale must be \"linear\" or \"log\", given \"ln\"");
  CHECK_THROWS_WITH(draw("x.svg", {.mode = "up"}),
                    "training_curve: mode must be \"auto\", \"min\" or \"max\", given \"up\"");
  CHECK_THROWS_WITH(draw("x.svg", {.metrics = {"los"}}), Contains("\"los\"") && Contains("\"loss\""));
  CHECK_THROWS_AS(draw("x.svg", {.monitor = "los"}), ValueError);
  CHECK_THROWS_AS(draw("x.svg", {.width = 99}), ValueError);
  CHECK_THROWS_AS(draw("x.svg", {.dpi = 0}), ValueError);
  CHECK_THROWS_WITH(plots::training_curve(History(), "x.svg"),
                    "training_curve: the history has no values; train with fit first");
  CHECK_THROWS_WITH(draw("/nowhere/x.svg", {}),
                    "training_curve: cannot write /nowhere/x.svg: No such file or directory");
}
