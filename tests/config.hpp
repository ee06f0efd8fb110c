#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace xtape::test {

/// Arguments in JSON. A case fails if a key of its config was never asked for: its object would not be the one
/// that the figures belong to.
class Config {
 public:
  explicit Config(const nlohmann::json& json);

  bool contains(const std::string& key) const;
  /// The value, or `otherwise` if there is none.
  double number(const std::string& key, double otherwise) const;
  int64_t integer(const std::string& key, int64_t otherwise) const;
  bool flag(const std::string& key, bool otherwise) const;
  std::string text(const std::string& key, const std::string& otherwise) const;
  std::optional<double> optional_number(const std::string& key) const;
  /// A list of numbers; a single number is a list of one.
  std::vector<double> numbers(const std::string& key) const;
  /// The same; lists of lists are joined.
  std::vector<int64_t> integers(const std::string& key) const;
  /// A list of texts; lists of lists are joined.
  std::vector<std::string> texts(const std::string& key) const;
  /// An object, empty if there is none; a list of objects; an object by keys.
  Config object(const std::string& key) const;
  std::vector<Config> objects(const std::string& key) const;
  std::vector<std::string> keys() const;
  bool is_text(const std::string& key) const;
  bool is_list(const std::string& key) const;

  /// All of it as text; what reads that says what it does not know.
  std::string json_text() const;

  /// Keys that were not read.
  std::vector<std::string> unread() const;

 private:
  const nlohmann::json& get(const std::string& key) const;

  std::shared_ptr<const nlohmann::json> json_;
  std::shared_ptr<std::set<std::string>> read_ = std::make_shared<std::set<std::string>>();
};

/// Checks (as a Catch2 assertion) that all keys of the config were read.
void check_all_read(const Config& config);

}  // namespace xtape::test
