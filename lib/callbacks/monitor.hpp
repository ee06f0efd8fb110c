#pragma once

#include <string>
#include <xtape/callbacks/logs.hpp>

namespace xtape::callbacks {

/// A figure of the logs that is watched, and what counts as an improvement of it.
class Monitor {
 public:
  /// `owner` is the class that watches. @throws ValueError for an unknown mode and a min_delta that is not finite.
  Monitor(std::string owner, std::string name, const std::string& mode, double min_delta);

  /// Whether the logs have it, which is said once on std::cerr if they do not: `what` is it for that. Nothing is said
  /// where training ends (`ends`): an epoch that Ctrl-C ends has no validation, which is no fault of the name.
  bool is_in(const Logs& logs, const std::string& what, bool ends);
  double value(const Logs& logs) const { return logs[name_]; }
  /// Whether the value is better than the other one by more than min_delta; NaN never is.
  /// @throws ValueError if mode is "auto" and the name does not say what is better.
  bool improves(double value, double other) const;
  /// What every finite value improves. @throws as improves.
  double worst() const;

 private:
  bool high() const;

  std::string owner_, name_, mode_;
  double min_delta_;
  bool warned_ = false;
};

}  // namespace xtape::callbacks
