#include "config.hpp"

#include <nlohmann/json.hpp>

#include "catch.hpp"

namespace xtape::test {

using nlohmann::json;

Config::Config(const json& value) : json_(std::make_shared<const json>(value)) {}

const json& Config::get(const std::string& key) const {
  read_->insert(key);
  static const json none;
  const auto found = json_->find(key);
  return found == json_->end() ? none : *found;
}

bool Config::contains(const std::string& key) const { return !get(key).is_null(); }
double Config::number(const std::string& key, double otherwise) const {
  return contains(key) ? get(key).get<double>() : otherwise;
}
int64_t Config::integer(const std::string& key, int64_t otherwise) const {
  return contains(key) ? get(key).get<int64_t>() : otherwise;
}
bool Config::flag(const std::string& key, bool otherwise) const {
  return contains(key) ? get(key).get<bool>() : otherwise;
}
std::string Config::text(const std::string& key, const std::string& otherwise) const {
  return contains(key) ? get(key).get<std::string>() : otherwise;
}
std::optional<double> Config::optional_number(const std::string& key) const {
  return contains(key) ? std::optional<double>(get(key).get<double>()) : std::nullopt;
}
std::vector<double> Config::numbers(const std::string& key) const {
  return get(key).is_array() ? get(key).get<std::vector<double>>() : std::vector<double>{get(key).get<double>()};
}
std::vector<int64_t> Config::integers(const std::string& key) const {
  std::vector<int64_t> result;
  // Flattening makes a path of each position: "/0/1".
  const json flat = json::array({get(key)}).flatten();
  for (const auto& entry : flat) {
    // An empty list is null there.
    if (!entry.is_null()) result.push_back(entry.get<int64_t>());
  }
  return result;
}
std::vector<std::string> Config::texts(const std::string& key) const {
  std::vector<std::string> result;
  if (!contains(key)) return result;
  for (const json& entry : get(key)) {
    for (const json& each : entry.is_array() ? entry : json::array({entry})) result.push_back(each.get<std::string>());
  }
  return result;
}
Config Config::object(const std::string& key) const { return Config(contains(key) ? get(key) : json::object()); }
std::vector<Config> Config::objects(const std::string& key) const {
  std::vector<Config> result;
  for (const json& entry : get(key)) result.emplace_back(entry);
  return result;
}
std::vector<std::string> Config::keys() const {
  std::vector<std::string> result;
  for (const auto& entry : json_->items()) result.push_back(entry.key());
  return result;
}
bool Config::is_text(const std::string& key) const { return get(key).is_string(); }
bool Config::is_list(const std::string& key) const { return get(key).is_array(); }

std::string Config::json_text() const {
  for (const std::string& key : keys()) read_->insert(key);
  return json_->dump();
}

std::vector<std::string> Config::unread() const {
  std::vector<std::string> result;
  for (const std::string& key : keys()) {
    if (!read_->contains(key)) result.push_back(key);
  }
  return result;
}

void check_all_read(const Config& config) {
  for (const std::string& key : config.unread()) {
    INFO("the config's " << key << " was not used");
    CHECK(key.empty());
  }
}

}  // namespace xtape::test
