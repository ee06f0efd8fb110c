#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <xtape/callbacks/history.hpp>

// What of a history is drawn, on paper and on terminals.
namespace xtape::plots {

/// Values by epoch, counted from 1.
struct Series {
  std::vector<int64_t> epochs;
  std::vector<double> values;
};

/// One metric of training and validation; either may be missing.
struct Curve {
  std::string name;
  std::optional<Series> training, validation;
  std::vector<double> values() const;
};

struct Best {
  std::string name;
  int64_t epoch;  // from 1
  double value;
};

/// Of these metrics, or of all. @throws ValueError for a history without values and for unknown names.
std::vector<Curve> curves_of(const std::string& function, const callbacks::History& history,
                             const std::vector<std::string>& metrics);

/// By the options `monitor` and `mode` of training_curve. @throws ValueError for unknown ones.
std::optional<Best> best_of(const std::string& function, const callbacks::History& history,
                            const std::optional<std::string>& monitor, const std::string& mode);

/// @throws ValueError unless it is one of them: `training_curve: yscale must be "linear" or "log", given "ln"`.
void check_choice(const std::string& function, const std::string& option, const std::string& given,
                  const std::vector<std::string>& choices);

}  // namespace xtape::plots
