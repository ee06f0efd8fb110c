#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <xtape/callbacks/history.hpp>

#include "catch.hpp"
#include "driven.hpp"
#include "temporary_folder.hpp"

using namespace xtape;

namespace {

const double none = std::nan("");
const double infinity = std::numeric_limits<double>::infinity();

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void add(History& history, int64_t epoch, const std::vector<callbacks::Logs::Entry>& entries) {
  callbacks::Logs logs;
  for (const auto& [name, value] : entries) logs.set(name, value);
  history.add(epoch, logs);
}

// Numbers that are hard to write, a validation in every second epoch, and a name that needs quotes.
History awkward() {
  History history;
  add(history, 3, {{"loss", 0.1}, {"a \"b\", c\nd", 5e-324}});
  add(history, 4, {{"loss", none}, {"a \"b\", c\nd", -infinity}, {"val_loss", 1.0 / 3}});
  add(history, 5, {{"loss", infinity}, {"a \"b\", c\nd", 1.7976931348623157e308}});
  add(history, 6, {{"loss", -0.0}, {"a \"b\", c\nd", 123456789.125}, {"val_loss", 2}});
  return history;
}

void check_same(const History& a, const History& b) {
  CHECK(a.epoch() == b.epoch());
  REQUIRE(a.history.size() == b.history.size());
  for (const auto& [name, values] : a.history) {
    INFO(name);
    CHECK(a.epochs_of(name) == b.epochs_of(name));
    REQUIRE(values.size() == b[name].size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool same = values[i] == b[name][i] ? std::signbit(values[i]) == std::signbit(b[name][i])
                                                : std::isnan(values[i]) && std::isnan(b[name][i]);
      CHECK(same);
    }
  }
}

}  // namespace

TEST_CASE("a history is read as in Keras") {
  const History history = awkward();
  CHECK(history.history["val_loss"] == std::vector<double>{1.0 / 3, 2});
  CHECK(&history["val_loss"] == &history.history["val_loss"]);
  CHECK(history.history.contains("loss"));
  CHECK(!history.contains("accuracy"));
  CHECK(history.history.size() == 3);
  CHECK(history.epochs_of("loss") == std::vector<int64_t>{3, 4, 5, 6});
  CHECK(history.epochs_of("val_loss") == std::vector<int64_t>{4, 6});
  std::vector<std::string> names;
  for (const auto& [name, values] : history.history) names.push_back(name);
  CHECK(names == std::vector<std::string>{"loss", "a \"b\", c\nd", "val_loss"});
  CHECK_THROWS_WITH(history["val_los"],
                    Contains("unknown name in the history \"val_los\"") && Contains("\"val_loss\""));
  CHECK_THROWS_AS(history.epochs_of("x"), ValueError);
  CHECK(History().history.empty());
}

TEST_CASE("a history prints as a table, with epochs as fit counts them") {
  History history;
  add(history, 0, {{"accuracy", 0.5}, {"loss", 12.25}});
  add(history, 9, {{"accuracy", none}, {"loss", 0.0005}, {"val_loss", 1}});
  std::ostringstream text;
  text << history;
  CHECK(text.str() ==
        "epoch  accuracy        loss  val_loss\n"
        "    1    0.5000     12.2500          \n"
        "   10       nan  5.0000e-04    1.0000\n");
  std::ostringstream empty;
  empty << History();
  CHECK(empty.str() == "epoch\n");
}

TEST_CASE("NaN is printed without its sign, and each epoch on one line whatever the names") {
  History history;
  add(history, 0, {{"a\nb\r", std::copysign(none, -1.0)}, {"epoch", -infinity}});
  std::ostringstream text;
  text << history;
  CHECK(text.str() ==
        "epoch  a b   epoch\n"
        "    1   nan   -inf\n");
  callbacks::Logs logs;
  logs.set("loss", std::copysign(none, -1.0));
  std::ostringstream line;
  line << logs;
  CHECK(line.str() == "loss: nan");
}

TEST_CASE("a metric that is called epoch comes back from CSV, and JSON refuses it") {
  const TemporaryFolder folder;
  History history;
  add(history, 0, {{"epoch", 0.5}, {"loss", 1}});
  history.to_csv(folder / "h.csv");
  check_same(history, History::from_csv(folder / "h.csv"));
  CHECK_THROWS_WITH(history.to_json(folder / "h.json"), Contains("History::to_json: \"epoch\" is the name"));
  CHECK(!std::ifstream(folder / "h.json").is_open());
}

TEST_CASE("a history comes back from CSV and JSON as it was") {
  const TemporaryFolder folder;
  const History history = awkward();
  history.to_csv(folder / "h.csv");
  check_same(history, History::from_csv(folder / "h.csv"));
  CHECK_THAT(content(folder / "h.csv"),
             Contains("epoch,loss,\"a \"\"b\"\", c\nd\",val_loss\n3,0.1,5e-324,\n4,nan,-inf,0.3333333333333333\n"));

  history.to_json(folder / "h.json");
  check_same(history, History::from_json(folder / "h.json"));
  const auto json = nlohmann::json::parse(content(folder / "h.json"));
  CHECK(json["epoch"] == nlohmann::json({3, 4, 5, 6}));
  CHECK(json["loss"] == nlohmann::json({0.1, "NaN", "Infinity", -0.0}));
  CHECK(json["val_loss"] == nlohmann::json({nullptr, 1.0 / 3, nullptr, 2.0}));

  History().to_csv(folder / "empty.csv");
  History().to_json(folder / "empty.json");
  check_same(History(), History::from_csv(folder / "empty.csv"));
  check_same(History(), History::from_json(folder / "empty.json"));
}

TEST_CASE("what fit returns comes back from files, and CSVLogger's lines are those of the history") {
  const TemporaryFolder folder;
  const Tensor x = ones({8, 2}), y = ones({8, 1});
  const History history = test::small_model().fit(
      x, y, {.epochs = 3, .verbose = 0, .callbacks = {CSVLogger(folder / "log.csv")}, .validation_data = {x, y}});
  history.to_csv(folder / "h.csv");
  check_same(history, History::from_csv(folder / "h.csv"));
  check_same(history, History::from_csv(folder / "log.csv"));

  // Without a validation CSVLogger has columns for it all the same.
  const History plain =
      test::small_model().fit(x, y, {.epochs = 2, .verbose = 0, .callbacks = {CSVLogger(folder / "plain.csv")}});
  check_same(plain, History::from_csv(folder / "plain.csv"));
}

TEST_CASE("files that hold no history are refused by place") {
  const TemporaryFolder folder;
  const auto csv = [&](const std::string& text) { return History::from_csv(folder.write("x.csv", text)); };
  const auto json = [&](const std::string& text) { return History::from_json(folder.write("x.json", text)); };
  CHECK_THROWS_WITH(csv(""), Contains("x.csv, line 1: expected a head that begins with epoch"));
  CHECK_THROWS_WITH(csv("epoch,loss\n0,1\n1\n"), Contains("x.csv, line 3: expected 2 fields, found 1"));
  CHECK_THROWS_WITH(csv("epoch,loss\n0,one\n"), Contains("line 2: expected a number for loss, found \"one\""));
  CHECK_THROWS_WITH(csv("epoch,loss\nx,1\n"), Contains("line 2: expected the number of an epoch, found \"x\""));
  CHECK_THROWS_AS(json("{"), FormatError);
  CHECK_THROWS_AS(json("[]"), FormatError);
  CHECK_THROWS_WITH(json(R"({"loss": [1]})"), Contains("x.json: ") && Contains("epoch"));
  CHECK_THROWS_WITH(json(R"({"epoch": [0, 1], "loss": [1]})"), Contains("loss has 1 values, epoch has 2"));
  CHECK_THROWS_WITH(json(R"({"epoch": [0], "loss": ["x"]})"), Contains("found \"x\""));
  CHECK_THROWS_WITH(History::from_csv(folder / "none.csv"),
                    "History::from_csv: cannot read " + folder / "none.csv" + ": No such file or directory");
  CHECK_THROWS_AS(History::from_json(folder.path()), IOError);
  CHECK_THROWS_AS(History().to_csv("/nowhere/x.csv"), IOError);
  CHECK_THROWS_AS(History().to_json("/nowhere/x.json"), IOError);
}

TEST_CASE("a history keeps all figures of a name, in its files too") {
  const TemporaryFolder folder;
  History history;
  callbacks::Logs logs;
  logs.set("loss", 0.5);
  logs.set("f1", tensor(std::vector<double>{0.5, 0.25}));
  history.add(0, logs);
  logs.set("f1", tensor(std::vector<double>{infinity, none}));
  history.add(1, logs);
  // A number takes the place of figures.
  logs.set("f1", 0.1);
  history.add(2, logs);
  CHECK(history["f1"][0] == 0.375);
  history.to_csv(folder / "history.csv");
  history.to_json(folder / "history.json");
  CHECK(content(folder / "history.csv") ==
        "epoch,loss,f1\n"
        "0,0.5,\"\"\"[0.5, 0.25]\"\"\"\n"
        "1,0.5,\"\"\"[inf, nan]\"\"\"\n"
        "2,0.5,0.1\n");
  CHECK(content(folder / "history.json") ==
        "{\"epoch\":[0,1,2],\"loss\":[0.5,0.5,0.5],\"f1\":[[0.5,0.25],[\"Infinity\",\"NaN\"],0.1]}\n");
  for (const History& read :
       {history, History::from_csv(folder / "history.csv"), History::from_json(folder / "history.json")}) {
    check_same(read, history);
    const std::vector<Tensor> values = read.values("f1");
    REQUIRE(values.size() == 3);
    CHECK(values[0].to_vector<double>() == std::vector<double>{0.5, 0.25});
    CHECK(values[1].to_vector<double>()[0] == infinity);
    CHECK(std::isnan(values[1].to_vector<double>()[1]));
    CHECK(values[2].to_vector<double>() == std::vector<double>{0.1});
  }
}
