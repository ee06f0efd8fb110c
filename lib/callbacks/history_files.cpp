#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <system_error>
#include <xtape/callbacks/history.hpp>
#include <xtape/detail/path.hpp>
#include <xtape/error.hpp>
#include <xtape/json.hpp>
#include <xtape/ops/creation.hpp>

#include "callbacks/csv.hpp"
#include "callbacks/number_text.hpp"

namespace xtape::callbacks {
namespace {

[[noreturn]] void fail(const char* function, const char* what, const std::string& path) {
  throw IOError(std::string(function) + ": cannot " + what + ' ' + path + ": " +
                std::generic_category().message(errno));
}

void write(const char* function, const std::string& path, const std::string& text) {
  detail::check_path(function, path);
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) fail(function, "write", path);
}

std::string read(const char* function, const std::string& path) {
  detail::check_path(function, path);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // Of an empty file, nothing can be read, and that is no fault.
  if (file && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (!file.is_open() || file.bad() || !text) fail(function, "read", path);
  return text.str();
}

bool parse(const std::string& text, int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

constexpr double infinity = std::numeric_limits<double>::infinity();

Config to_json_value(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

double from_json_value(const Config& value) {
  if (!value.is_text()) return value.number();
  for (const auto& [text, number] :
       {std::pair{"NaN", std::numeric_limits<double>::quiet_NaN()}, {"Infinity", infinity}, {"-Infinity", -infinity}}) {
    if (value.text() == text) return number;
  }
  throw ValueError("expected a number, \"NaN\", \"Infinity\" or \"-Infinity\", found \"" + value.text() + '"');
}

}  // namespace

void History::to_csv(const std::string& path) const {
  std::string text = "epoch";
  for (const auto& entry : history) text += ',' + csv_field(entry.first);
  text += '\n';
  const auto rows = table();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    text += std::to_string(epoch_[row]);
    for (std::size_t column = 0; column < history.size(); ++column) {
      const double* value = rows[row][column];
      const Tensor* values = several(row, column);
      text += ',' + (values             ? csv_field(numbers_text(*values))
                     : value == nullptr ? std::string()
                                        : number_text(*value));
    }
    text += '\n';
  }
  write("History::to_csv", path, text);
}

History History::from_csv(const std::string& path) {
  const auto lines = parse_csv(read("History::from_csv", path));
  const auto wrong = [&](std::size_t line, const std::string& what) {
    throw FormatError("History::from_csv: " + path + ", line " + std::to_string(line + 1) + ": " + what);
  };
  if (lines.empty() || lines[0][0] != "epoch") wrong(0, "expected a head that begins with epoch");
  History result;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto& line = lines[i];
    if (line.size() != lines[0].size()) {
      wrong(i, "expected " + std::to_string(lines[0].size()) + " fields, found " + std::to_string(line.size()));
    }
    int64_t epoch = 0;
    if (!parse(line[0], epoch)) wrong(i, "expected the number of an epoch, found \"" + line[0] + '"');
    Logs logs;
    for (std::size_t k = 1; k < line.size(); ++k) {
      double value = 0;
      if (line[k].empty() || line[k] == "NA") continue;  // NA: of CSVLogger
      if (const Tensor values = parse_numbers(line[k]); values.defined()) {
        logs.set(lines[0][k], values);
        continue;
      }
      if (!parse_number(line[k], value))
        wrong(i, "expected a number for " + lines[0][k] + ", found \"" + line[k] + '"');
      logs.set(lines[0][k], value);
    }
    result.add(epoch, logs);
  }
  return result;
}

void History::to_json(const std::string& path) const {
  if (contains("epoch")) {
    throw ValueError(
        "History::to_json: \"epoch\" is the name of the list of epochs there, and of one of the values; give that "
        "metric "
        "another name, or write the history with to_csv");
  }
  Config config = Config::dict();
  Config::List epochs;
  for (const int64_t epoch : epoch_) epochs.emplace_back(epoch);
  config.set("epoch", epochs);
  const auto rows = table();
  for (std::size_t column = 0; column < history.size(); ++column) {
    Config::List values;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (const Tensor* all = several(row, column)) {
        Config::List figures;
        for (const double figure : all->to_vector<double>()) figures.push_back(to_json_value(figure));
        values.emplace_back(figures);
      } else {
        values.push_back(rows[row][column] == nullptr ? Config() : to_json_value(*rows[row][column]));
      }
    }
    config.set((history.begin() + static_cast<std::ptrdiff_t>(column))->first, values);
  }
  write("History::to_json", path, xtape::to_json(config) + '\n');
}

History History::from_json(const std::string& path) {
  const std::string text = read("History::from_json", path);
  try {
    const Config config = parse_json(text);
    const Config::List& epochs = config.at("epoch").list();
    History result;
    for (std::size_t row = 0; row < epochs.size(); ++row) {
      Logs logs;
      for (const auto& [name, values] : config.entries()) {
        if (name == "epoch") continue;
        if (values.list().size() != epochs.size()) {
          throw ValueError(name + " has " + std::to_string(values.list().size()) + " values, epoch has " +
                           std::to_string(epochs.size()));
        }
        const Config& value = values.list()[row];
        if (value.is_list()) {
          std::vector<double> figures;
          for (const Config& figure : value.list()) figures.push_back(from_json_value(figure));
          logs.set(name, tensor(figures));
        } else if (!value.is_null()) {
          logs.set(name, from_json_value(value));
        }
      }
      result.add(epochs[row].integer(), logs);
    }
    return result;
  } catch (const RuntimeError& error) {
    throw FormatError("History::from_json: " + path + ": " + error.message());
  }
}

}  // namespace xtape::callbacks
