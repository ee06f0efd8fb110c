#include <algorithm>
#include <cmath>
#include <xtape/config.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/json.hpp>

namespace xtape {
namespace {

[[noreturn]] void refuse(const char* expected, const Config& given) {
  std::string text = given.str();
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  throw ValueError("expected " + std::string(expected) + ", given " + text);
}

}  // namespace

Config::Config() noexcept = default;
Config::Config(double value) : value_(value) {}
Config::Config(const char* text) : value_(std::string(text)) {}
Config::Config(std::string text) : value_(std::move(text)) {}
Config::Config(List list) : value_(std::move(list)) {}
Config::Config(Value value) : value_(std::move(value)) {}
Config::Config(const Config& other) = default;
Config::Config(Config&& other) noexcept = default;
Config& Config::operator=(const Config& other) = default;
Config& Config::operator=(Config&& other) noexcept = default;
Config::~Config() = default;

Config::Config(Entries entries) : value_(std::move(entries)) {}

Config Config::dict() { return Config(Entries()); }

bool Config::is_null() const noexcept { return std::holds_alternative<std::monostate>(value_); }
bool Config::is_bool() const noexcept { return std::holds_alternative<bool>(value_); }
bool Config::is_integer() const noexcept { return std::holds_alternative<int64_t>(value_); }
bool Config::is_number() const noexcept { return is_integer() || std::holds_alternative<double>(value_); }
bool Config::is_text() const noexcept { return std::holds_alternative<std::string>(value_); }
bool Config::is_list() const noexcept { return std::holds_alternative<List>(value_); }
bool Config::is_dict() const noexcept { return std::holds_alternative<Entries>(value_); }

bool Config::boolean() const {
  if (const bool* value = std::get_if<bool>(&value_)) return *value;
  refuse("true or false", *this);
}

int64_t Config::integer() const {
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return *value;
  const double* value = std::get_if<double>(&value_);
  // All integers up to this one are doubles.
  if (value && std::trunc(*value) == *value && std::abs(*value) <= 0x1p53) return static_cast<int64_t>(*value);
  refuse("an integer", *this);
}

double Config::number() const {
  if (const double* value = std::get_if<double>(&value_)) return *value;
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return static_cast<double>(*value);
  refuse("a number", *this);
}

const std::string& Config::text() const {
  if (const std::string* value = std::get_if<std::string>(&value_)) return *value;
  refuse("a text", *this);
}

const Config::List& Config::list() const {
  if (const List* value = std::get_if<List>(&value_)) return *value;
  refuse("a list", *this);
}

const Config::Entries& Config::entries() const {
  if (const Entries* value = std::get_if<Entries>(&value_)) return *value;
  refuse("values by name", *this);
}

const Config* Config::find(std::string_view name) const {
  for (const Entry& entry : entries()) {
    if (entry.name == name) return &entry.value;
  }
  return nullptr;
}

const Config& Config::at(std::string_view name) const {
  if (const Config* value = find(name)) return *value;
  std::vector<std::string> known;
  for (const Entry& entry : entries()) known.push_back(entry.name);
  detail::throw_unknown_name("name in a config", name, known);
}

void Config::set(std::string_view name, Config value) {
  entries();  // the check
  auto& all = std::get<Entries>(value_);
  const auto known = std::find_if(all.begin(), all.end(), [&](const Entry& entry) { return entry.name == name; });
  if (known != all.end()) {
    known->value = std::move(value);
  } else {
    all.push_back({std::string(name), std::move(value)});
  }
}

bool Config::operator==(const Config& other) const {
  if (value_.index() != other.value_.index()) return false;
  if (is_list()) return list() == other.list();
  if (!is_dict()) {
    if (is_null()) return true;
    if (is_bool()) return boolean() == other.boolean();
    if (is_integer()) return integer() == other.integer();
    if (is_text()) return text() == other.text();
    return number() == other.number() || (std::isnan(number()) && std::isnan(other.number()));
  }
  if (entries().size() != other.entries().size()) return false;
  return std::all_of(entries().begin(), entries().end(), [&](const Entry& entry) {
    const Config* value = other.find(entry.name);
    return value && *value == entry.value;
  });
}

std::string Config::str() const { return to_json(*this); }

}  // namespace xtape
