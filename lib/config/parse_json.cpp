#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/json_limits.hpp>
#include <xtape/error.hpp>
#include <xtape/json.hpp>

namespace xtape {
namespace {

using detail::max_json_depth, detail::max_json_values;

// Python's numbers that JSON does not have, by their places among all numbers of a text.
struct OtherNumbers {
  struct Number {
    std::size_t place;
    double value;
  };
  std::vector<Number> all;
  // The text with a number in the place of each, between blanks, so that nothing beside it becomes a part of it.
  std::string text;
};

OtherNumbers other_numbers(std::string_view text) {
  struct Spelling {
    std::string_view text;
    double value;
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr Spelling spellings[] = {
      {"NaN", std::numeric_limits<double>::quiet_NaN()}, {"Infinity", infinity}, {"-Infinity", -infinity}};
  OtherNumbers result{{}, std::string(text)};
  std::size_t numbers = 0, i = 0;
  while (i < text.size()) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\';
      ++i;
      continue;
    }
    const Spelling* other = nullptr;
    for (const Spelling& spelling : spellings) {
      if (text.substr(i).starts_with(spelling.text)) other = &spelling;
    }
    if (other) {
      result.all.push_back({numbers++, other->value});
      result.text.replace(i, other->text.size(), std::string(other->text.size(), ' ')).at(i + 1) = '1';
      i += other->text.size();
    } else if (text[i] == '-' || (text[i] >= '0' && text[i] <= '9')) {
      ++numbers;
      i = std::min(text.find_first_not_of("0123456789+-.eE", i), text.size());
    } else {
      ++i;
    }
  }
  return result;
}

// Builds the value that the parser comes by, piece by piece: no second tree, and limits hold before memory is taken.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(const std::vector<OtherNumbers::Number>& other_numbers) : other_numbers_(other_numbers) {}

  Config result;

  bool null() override { return add({}); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(int64_t value) override { return add_number(value); }
  bool number_unsigned(uint64_t value) override {
    return std::in_range<int64_t>(value) ? add_number(static_cast<int64_t>(value))
                                         : add_number(static_cast<double>(value));
  }
  bool number_float(double value, const std::string&) override { return add_number(value); }
  bool string(std::string& text) override { return add(std::move(text)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(true); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(false); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    if (!open_.back().names.insert(name).second) throw FormatError("JSON: the name \"" + name + "\" is given twice");
    open_.back().name = name;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    throw FormatError("JSON: at byte " + std::to_string(position) + ": " + error.what());
  }

 private:
  // A list or values by name of which the end is still to come.
  struct Open {
    bool is_dict;
    Config::List list;
    Config::Entries entries;
    std::string name;
    std::set<std::string> names;
  };

  bool add_number(Config value) {
    const std::size_t place = numbers_++;
    if (next_other_ == other_numbers_.size() || other_numbers_[next_other_].place != place)
      return add(std::move(value));
    return add(other_numbers_[next_other_++].value);
  }
  bool add(Config value) {
    if (++values_ > max_json_values) {
      throw FormatError("JSON: there are more than " + std::to_string(max_json_values) + " values");
    }
    if (open_.empty()) {
      result = std::move(value);
    } else if (open_.back().is_dict) {
      open_.back().entries.push_back({std::move(open_.back().name), std::move(value)});
    } else {
      open_.back().list.push_back(std::move(value));
    }
    return true;
  }
  bool open(bool is_dict) {
    if (open_.size() == max_json_depth) {
      throw FormatError("JSON: values are nested deeper than " + std::to_string(max_json_depth));
    }
    open_.push_back({is_dict, {}, {}, {}, {}});
    return true;
  }
  bool close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    return add(done.is_dict ? Config(std::move(done.entries)) : Config(std::move(done.list)));
  }

  std::vector<Open> open_;
  const std::vector<OtherNumbers::Number>& other_numbers_;
  std::size_t next_other_ = 0, numbers_ = 0, values_ = 0;
};

}  // namespace

Config parse_json(std::string_view text) {
  if (text.size() > max_json_bytes) throw FormatError("JSON: the text has more than 64 MiB");
  const bool has_others = text.find("NaN") != text.npos || text.find("Infinity") != text.npos;
  const OtherNumbers others = has_others ? other_numbers(text) : OtherNumbers();
  if (has_others) text = others.text;
  Builder builder(others.all);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder.result);
}

}  // namespace xtape
