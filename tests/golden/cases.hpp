#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>
#include <xtape/tensor.hpp>

#include "config.hpp"

// Reference cases: see README.md.
namespace xtape::test {

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

}  // namespace xtape::test
