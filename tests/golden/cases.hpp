#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>
#include <xtape/tensor.hpp>

// Reference cases: see README.md.
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
  std::vector<std::string> texts(const std::string& key) const;
  /// An object, empty if there is none; a list of objects; an object by keys.
  Config object(const std::string& key) const;
  std::vector<Config> objects(const std::string& key) const;
  std::vector<std::string> keys() const;
  bool is_text(const std::string& key) const;

  /// Keys that were not read.
  std::vector<std::string> unread() const;

 private:
  const nlohmann::json& get(const std::string& key) const;

  std::shared_ptr<const nlohmann::json> json_;
  std::shared_ptr<std::set<std::string>> read_ = std::make_shared<std::set<std::string>>();
};

/// One reference case.
struct Case {
  std::string id;
  std::string kind;
  /// All keys, `config` among them.
  Config all;
  Config config;
  std::string folder;
  std::map<std::string, std::string> files;

  bool has(const std::string& role) const { return files.contains(role); }
  /// The array of that role.
  Tensor array(const std::string& role) const;
  /// How far a result may be from the reference, relative to max(1, largest absolute value).
  double tolerance() const;
};

/// The cases of a folder of data/.
std::vector<Case> load_cases(const std::string& folder);

/// Runs `check` on the cases of a folder, or of one group of it. An exception fails the case and the next one follows.
void check_cases(const std::string& folder, const std::function<void(const Case&)>& check,
                 const std::string& group = "");

/// The array in a .npy file of float32, float64, int64 or uint8.
Tensor load_npy(const std::string& path);

/// Checks (as a Catch2 assertion) that shape and elements agree within the tolerance.
void check_close(const char* what, const Tensor& actual, const Tensor& expected, double tolerance);

/// Checks that all keys of the config were read.
void check_all_read(const Config& config);

}  // namespace xtape::test
