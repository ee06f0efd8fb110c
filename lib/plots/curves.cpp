#include "plots/curves.hpp"

#include <algorithm>
#include <cstring>
#include <cmath>
#include <xtape/detail/metric_direction.hpp>
#include <xtape/error.hpp>

namespace xtape::plots {
namespace {

constexpr const char* prefix = "val_";

bool has_prefix(const std::string& name) { return name.rfind(prefix, 0) == 0; }

std::optional<Series> series_of(const callbacks::History& history, const std::string& name) {
  if (!history.contains(name)) return std::nullopt;
  Series series{history.epochs_of(name), history[name]};
  for (int64_t& epoch : series.epochs) ++epoch;
  return series;
}

}  // namespace

std::vector<double> Curve::values() const {
  std::vector<double> all;
  for (const auto& series : {training, validation}) {
    if (series) all.insert(all.end(), series->values.begin(), series->values.end());
  }
  return all;
}

std::vector<Curve> curves_of(const std::string& function, const callbacks::History& history,
                             const std::vector<std::string>& metrics) {
  if (history.history.empty()) throw ValueError(function + ": the history has no values; train with fit first");
  std::vector<std::string> names = metrics;
  if (names.empty()) {
    for (const auto& [name, values] : history.history) {
      const std::string plain = has_prefix(name) ? name.substr(std::strlen(prefix)) : name;
      if (std::find(names.begin(), names.end(), plain) == names.end()) names.push_back(plain);
    }
    // What everybody looks at first.
    std::stable_partition(names.begin(), names.end(), [](const std::string& name) { return name == "loss"; });
  }
  std::vector<Curve> curves;
  for (const std::string& name : names) {
    Curve curve{name, series_of(history, name), series_of(history, prefix + name)};
    if (!curve.training && !curve.validation) history[name];  // throws, with the names that there are
    curves.push_back(std::move(curve));
  }
  return curves;
}

std::optional<Best> best_of(const std::string& function, const callbacks::History& history,
                            const std::optional<std::string>& monitor, const std::string& mode) {
  check_choice(function, "mode", mode, {"auto", "min", "max"});
  std::string name = monitor.value_or("val_loss");
  if (!monitor && !history.contains(name)) name = history.contains("loss") ? "loss" : "";
  if (name.empty()) return std::nullopt;
  const bool high = mode == "max" || (mode == "auto" && detail::is_best_high(name).value_or(false));
  const std::vector<double>& values = history[name];
  const std::vector<int64_t> epochs = history.epochs_of(name);
  std::optional<Best> best;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    if (!best || (high ? values[i] > best->value : values[i] < best->value)) best = {name, epochs[i] + 1, values[i]};
  }
  return best;
}

void check_choice(const std::string& function, const std::string& option, const std::string& given,
                  const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), given) != choices.end()) return;
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    text += (i == 0 ? "\"" : i + 1 == choices.size() ? " or \"" : ", \"") + choices[i] + '"';
  }
  throw ValueError(function + ": " + option + " must be " + text + ", given \"" + given + '"');
}

}  // namespace xtape::plots
