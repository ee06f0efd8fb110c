#include "golden/cases.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <xtape/error.hpp>

#include "catch.hpp"
#include "source_folder.hpp"

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
  for (const auto& entry : flat) result.push_back(entry.get<int64_t>());
  return result;
}
std::vector<std::string> Config::texts(const std::string& key) const {
  return contains(key) ? get(key).get<std::vector<std::string>>() : std::vector<std::string>();
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

std::vector<std::string> Config::unread() const {
  std::vector<std::string> result;
  for (const std::string& key : keys()) {
    if (!read_->contains(key)) result.push_back(key);
  }
  return result;
}

Tensor Case::array(const std::string& role) const { return load_npy(folder + "/" + files.at(role)); }

double Case::tolerance() const { return std::max(1e-5, 20 * all.number("f32_err", 0)); }

std::vector<Case> load_cases(const std::string& name) {
  const std::string folder = source_folder() + "/golden/data/" + name;
  std::ifstream file(folder + "/cases.json");
  std::vector<Case> cases;
  for (const json& entry : json::parse(file)) {
    const Config all(entry);
    cases.push_back({all.text("id", ""), all.text("kind", ""), all, all.object("config"), folder,
                     entry.at("files").get<std::map<std::string, std::string>>()});
  }
  return cases;
}

void check_cases(const std::string& folder, const std::function<void(const Case&)>& check, const std::string& group) {
  int count = 0;
  for (const Case& reference : load_cases(folder)) {
    if (!group.empty() && reference.all.text("group", "") != group) continue;
    INFO(reference.id);
    try {
      check(reference);
      check_all_read(reference.config);
    } catch (const Error& error) {
      FAIL_CHECK(error.what());
    }
    ++count;
  }
  CHECK(count > 0);
}

void check_close(const char* what, const Tensor& actual, const Tensor& expected, double tolerance) {
  INFO(what);
  REQUIRE(actual.defined());
  CHECK(actual.shape() == expected.shape());
  if (actual.shape() != expected.shape()) return;
  const std::vector<double> a = actual.to_vector<double>(), e = expected.to_vector<double>();
  double scale = 1;
  for (double value : e) {
    if (std::isfinite(value)) scale = std::max(scale, std::abs(value));
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    // Equal infinities are close.
    if (a[i] == e[i] || std::abs(a[i] - e[i]) <= tolerance * scale) continue;
    INFO("element " << i << " of " << a.size() << ", shape " << expected.shape() << ", tolerance "
                    << tolerance * scale);
    CHECK(a[i] == e[i]);
    return;
  }
}

void check_all_read(const Config& config) {
  for (const std::string& key : config.unread()) {
    INFO("the config's " << key << " was not used");
    CHECK(key.empty());
  }
}

}  // namespace xtape::test
