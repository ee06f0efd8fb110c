#include <algorithm>
#include <limits>
#include <utility>
#include <xtape/detail/names.hpp>
#include <xtape/detail/option_problems.hpp>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>

namespace xtape {
namespace {

// What an error shows of a value, which may be as long as a file.
std::string shown(const Config& given) {
  std::string text = given.str();
  if (text.size() > 200) text = text.substr(0, 197) + "...";
  return text;
}

}  // namespace

void from_config(const Config& config, bool& value) { value = config.boolean(); }

void from_config(const Config& config, int& value) {
  const int64_t given = config.integer();
  if (!std::in_range<int>(given)) throw ValueError("expected a small integer, given " + std::to_string(given));
  value = static_cast<int>(given);
}

void from_config(const Config& config, int64_t& value) { value = config.integer(); }
void from_config(const Config& config, double& value) { value = config.number(); }
void from_config(const Config& config, std::string& value) { value = config.is_null() ? std::string() : config.text(); }

Config to_config(const uint64_t& value) {
  if (std::in_range<int64_t>(value)) return static_cast<int64_t>(value);
  throw ValueError("a seed of " + std::to_string(value) + " is too large to be written");
}

void from_config(const Config& config, uint64_t& value) {
  const int64_t given = config.integer();
  if (given < 0) throw ValueError("expected a number that is not negative, given " + std::to_string(given));
  value = static_cast<uint64_t>(given);
}

Config to_config(const DType& value) { return name(value); }

void from_config(const Config& config, DType& value) {
  if (config.is_null()) return;  // the default
  // {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, ...}
  const Config& given = config.is_dict() ? config.at("config").at("name") : config;
  for (const DType known : {float32, float64, int64, int32, uint8, bool_}) {
    if (given.text() == name(known)) {
      value = known;
      return;
    }
  }
  detail::throw_unknown_name("dtype", given.text(), {"float32", "float64"});
}

Config to_config(const Shape& value) {
  Config::List list;
  for (const int64_t length : value) list.push_back(length == -1 ? Config() : Config(length));
  return list;
}

void from_config(const Config& config, Shape& value) {
  Shape shape;
  for (const Config& length : config.list()) shape.push_back(length.is_null() ? -1 : length.integer());
  value = shape;
}

Config to_config(const Axis& value) { return static_cast<int>(value); }

void from_config(const Config& config, Axis& value) {
  int axis = 0;
  from_config(config, axis);
  value = axis;
}

Config to_config(const Axes& value) {
  if (value.all()) return {};
  Config::List list;
  for (const int axis : value.values()) list.emplace_back(axis);
  return list.size() == 1 ? list.front() : Config(list);
}

void from_config(const Config& config, Axes& value) {
  if (config.is_null()) {
    value = Axes();
    return;
  }
  std::vector<int> axes;
  if (config.is_list()) {
    from_config(config, axes);
  } else {
    from_config(config, axes.emplace_back());
  }
  value = axes;
}

Fields& Fields::accept(const char* name, const Config& only) {
  add_accepted(name, only);
  return *this;
}

void FieldWriter::add(const char* name, void* field, Write write, Read) { config_.set(name, write(field)); }

void FieldWriter::add_accepted(const char*, const Config&) {}

FieldReader::FieldReader(const Config& config, std::string owner) : config_(config), owner_(std::move(owner)) {
  if (!config_.is_dict()) throw ValueError(owner_ + ": expected a config of values by name, given " + shown(config_));
}

void FieldReader::add(const char* name, void* field, Write, Read read) {
  known_.emplace_back(name);
  const Config* given = config_.find(name);
  if (!given) return;
  try {
    read(*given, field);
  } catch (Error& error) {
    error.set_message(owner_ + ": " + name + ": " + error.message());
    if (dynamic_cast<const OutOfMemory*>(&error) || !detail::OptionProblems::take(error.message())) throw;
  }
}

void FieldReader::add_accepted(const char* name, const Config& only) {
  known_.emplace_back(name);
  const Config* given = config_.find(name);
  if (given && !(*given == only) && !(given->is_number() && only.is_number() && given->number() == only.number())) {
    const ValueError error(owner_ + ": " + name + " must be " + only.str() + ", given " + shown(*given));
    if (!detail::OptionProblems::take(error.message())) throw error;
  }
}

void FieldReader::finish() const {
  for (const Config::Entry& entry : config_.entries()) {
    if (std::find(known_.begin(), known_.end(), entry.name) != known_.end()) continue;
    try {
      detail::throw_unknown_name("option of " + owner_, entry.name, known_);
    } catch (const ValueError& error) {
      if (!detail::OptionProblems::take(error.message())) throw;
    }
  }
}

}  // namespace xtape
