#include "callbacks/monitor.hpp"

#include <cmath>
#include <iostream>
#include <limits>
#include <optional>
#include <xtape/detail/metric_direction.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/one_line.hpp>
#include <xtape/error.hpp>

namespace xtape::callbacks {

Monitor::Monitor(std::string owner, std::string name, const std::string& mode, double min_delta)
    : owner_(std::move(owner)), name_(std::move(name)), mode_(mode), min_delta_(std::abs(min_delta)) {
  if (mode != "auto" && mode != "min" && mode != "max") {
    throw ValueError(owner_ + ": mode must be \"auto\", \"min\" or \"max\", given \"" + mode + '"');
  }
  detail::check_number(owner_, "min_delta", min_delta, detail::Range::finite);
}

bool Monitor::is_in(const Logs& logs, const std::string& what, bool ends) {
  if (logs.contains(name_)) return true;
  if (ends) return false;
  if (!warned_) {
    std::string known;
    for (const auto& entry : logs) known += (known.empty() ? "" : ",") + detail::one_line(entry.first);
    std::cerr << what << " conditioned on metric `" << name_
              << "` which is not available. Available metrics are: " << known << std::endl;
  }
  warned_ = true;
  return false;
}

bool Monitor::high() const {
  if (mode_ != "auto") return mode_ == "max";
  const std::optional<bool> high = detail::is_best_high(name_);
  if (high) return *high;
  throw ValueError(owner_ + " callback received monitor=" + name_ +
                   ", but it cannot be determined automatically whether that metric should be maximized or minimized. "
                   "Pass mode=\"max\" to use the highest metric value, or mode=\"min\" to use the lowest one.");
}

bool Monitor::improves(double value, double other) const {
  return high() ? value - min_delta_ > other : value + min_delta_ < other;
}

double Monitor::worst() const {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return high() ? -infinity : infinity;
}

}  // namespace xtape::callbacks
