#include <fstream>
#include <iterator>
#include <limits>
#include <xtape/callbacks/csv_logger.hpp>

#include "catch.hpp"
#include "driven.hpp"
#include "temporary_folder.hpp"

using namespace xtape;

namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void run(const Callback& callback, const std::vector<std::vector<callbacks::Logs::Entry>>& epochs) {
  callback->on_train_begin();
  for (std::size_t epoch = 0; epoch < epochs.size(); ++epoch) {
    callbacks::Logs logs;
    for (const auto& [name, value] : epochs[epoch]) logs.set(name, value);
    callback->on_epoch_end(static_cast<int64_t>(epoch), logs);
  }
  callback->on_train_end({});
}

}  // namespace

TEST_CASE("a CSV has a line for each epoch, with the numbers and line ends of Python") {
  const TemporaryFolder folder;
  const CSVLogger logger(folder / "log.csv");
  const double infinity = std::numeric_limits<double>::infinity();
  run(logger, {{{"loss", 0.5}, {"accuracy", 1}, {"val_loss", 1e-5}},
               {{"loss", 0.30000001192092896}, {"accuracy", std::nan("")}, {"extra", 1}},
               {{"loss", infinity}, {"accuracy", 12345678901234567890.0}, {"val_loss", -1e-4}}});
  CHECK(content(folder / "log.csv") ==
        "epoch,accuracy,loss,val_loss\r\n"
        "0,1.0,0.5,1e-05\r\n"
        "1,nan,0.30000001192092896,NA\r\n"
        "2,1.2345678901234567e+19,inf,-0.0001\r\n");
  // A second training overwrites the file.
  run(logger, {{{"loss", 2}}});
  CHECK(content(folder / "log.csv") == "epoch,loss,val_loss\r\n0,2.0,NA\r\n");
}

TEST_CASE("a CSV can be added to, and its separator chosen; fields that hold it are quoted") {
  const TemporaryFolder folder;
  const callbacks::CSVLoggerOptions options{.separator = ";", .append = true};
  run(CSVLogger(folder / "log.csv", options), {{{"a;\"b\"", 1}}});
  run(CSVLogger(folder / "log.csv", options), {{{"a;\"b\"", 2}}});
  CHECK(content(folder / "log.csv") == "epoch;\"a;\"\"b\"\"\";\"val_a;\"\"b\"\"\"\r\n0;1.0;NA\r\n0;2.0;NA\r\n");
}

TEST_CASE("lines of a CSV are there as soon as their epoch has ended") {
  const TemporaryFolder folder;
  std::vector<std::string> seen;
  const LambdaCallback look(
      {.on_epoch_end = [&](int64_t, callbacks::Logs&) { seen.push_back(content(folder / "log.csv")); }});
  test::small_model().fit(zeros({4, 2}), ones({4, 1}),
                          {.epochs = 2, .verbose = 0, .callbacks = {CSVLogger(folder / "log.csv"), look}});
  REQUIRE(seen.size() == 2);
  CHECK(seen[0] == "epoch,loss,val_loss\r\n0,1.0,NA\r\n");
  CHECK_THAT(seen[1], Contains("\r\n1,0.0,NA\r\n"));
}

// Keras's CSVLogger adds them whether or not a validation follows.
TEST_CASE("a CSV whose first epoch has no validation has columns for later ones") {
  const TemporaryFolder folder;
  run(CSVLogger(folder / "log.csv"), {{{"loss", 0.5}}, {{"loss", 0.4}, {"val_loss", 0.6}}});
  CHECK(content(folder / "log.csv") == "epoch,loss,val_loss\r\n0,0.5,NA\r\n1,0.4,0.6\r\n");
  run(CSVLogger(folder / "log.csv"), {{{"loss", 0.5}, {"accuracy", 1}}});
  CHECK(content(folder / "log.csv") == "epoch,accuracy,loss,val_accuracy,val_loss\r\n0,1.0,0.5,NA,NA\r\n");
}

TEST_CASE("a CSV needs a separator of one letter, and a place") {
  for (const char* separator : {"", ", ", "\"", "\n"})
    CHECK_THROWS_AS(CSVLogger("x", {.separator = separator}), ValueError);
  CHECK_THROWS_WITH(CSVLogger("x", {.separator = "ab"}),
                    "CSVLogger: separator must be one letter, no quote and no line end, given \"ab\"");
  const CSVLogger nowhere("/nowhere/at/all.csv");
  CHECK_THROWS_WITH(nowhere->on_train_begin(),
                    "CSVLogger: cannot write /nowhere/at/all.csv: No such file or directory");
}

TEST_CASE("several figures of one name are one field, as Keras writes them") {
  const TemporaryFolder folder;
  const CSVLogger logger(folder / "log.csv");
  callbacks::Logs logs;
  logs.set("f1", tensor(std::vector<double>{0.5, 0.25}));
  logs.set("line\nend", 1);
  logger->on_train_begin();
  logger->on_epoch_end(0, logs);
  logger->on_train_end(logs);
  CHECK(content(folder / "log.csv") ==
        "epoch,f1,\"line\nend\",val_f1,\"val_line\nend\"\r\n0,\"\"\"[0.5, 0.25]\"\"\",1.0,NA,NA\r\n");
  const History read = History::from_csv(folder / "log.csv");
  CHECK(read.values("f1")[0].to_vector<double>() == std::vector<double>{0.5, 0.25});
  CHECK(read["line\nend"] == std::vector<double>{1});
}
