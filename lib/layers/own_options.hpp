#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/shape.hpp>

// Options that an operation has of its own (OperationOptions::options), by their names.
namespace xtape::layers::own_options {

// @throws what reading it does, with its name in front.
template <class Value>
Value read(const Config& options, const char* name) {
  try {
    Value value{};
    xtape::from_config(options.at(name), value);
    return value;
  } catch (Error& error) {
    error.set_message(std::string(name) + ": " + error.message());
    throw;
  }
}

inline double number(const Config& options, const char* name) { return read<double>(options, name); }
inline bool flag(const Config& options, const char* name) { return read<bool>(options, name); }
inline int axis_of(const Config& options, const char* name = "axis") { return read<int>(options, name); }

// One number, or a list of them.
inline std::vector<int64_t> numbers(const Config& options, const char* name) {
  if (options.at(name).is_integer()) return {options.at(name).integer()};
  return read<std::vector<int64_t>>(options, name);
}

// Of repeat and tile. @throws ValueError for a negative one.
inline std::vector<int64_t> repeats(const Config& options, const std::string& op) {
  std::vector<int64_t> result = numbers(options, "repeats");
  for (const int64_t each : result) {
    if (each < 0) throw ValueError(op + ": repeats must not be negative, given " + options.at("repeats").str());
  }
  return result;
}

// Of one_hot. @throws ValueError for none, and for what is not here.
inline int64_t classes(const Config& options) {
  if (flag(options, "sparse")) throw ValueError("one_hot: sparse must be false, given true");
  const auto result = read<int64_t>(options, "num_classes");
  if (result < 1) throw ValueError("one_hot: num_classes must be at least 1, given " + std::to_string(result));
  return result;
}

// Of `pad`: one pair for each of `rank` axes. @throws ValueError, ShapeError; also for a mode that is not here.
std::vector<std::pair<int64_t, int64_t>> pad_widths(const Config& options, int rank);

}  // namespace xtape::layers::own_options
