#include "models/compiled_output.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>

#include "models/in_order.hpp"

namespace xtape::models {
namespace {

// One value for each output.
template <class T>
std::vector<T> values_of(const std::string& what, const PerOutput<T>& given, std::size_t count,
                         const std::vector<std::string>& names) {
  if (given.form() == PerOutput<T>::Form::one) return std::vector<T>(count, given.all().front());
  if (given.form() == PerOutput<T>::Form::by_position) {
    check_count(what, "value", "output", given.all().size(), count, names);
    return given.all();
  }
  std::vector<T> values;
  for (const std::size_t place : places_by_name(what, "output", given.names(), names)) {
    if (place == absent) {
      throw ValueError(what + "nothing is given for the output \"" + names[values.size()] + '"');
    }
    values.push_back(given.all()[place]);
  }
  return values;
}

// The metrics of each output.
std::vector<std::vector<metrics::Metric>> metrics_of(const std::string& what, const metrics::Metrics& given,
                                                     std::size_t count, const std::vector<std::string>& names) {
  std::vector<std::vector<metrics::Metric>> result(count);
  if (!given.outputs().empty()) {
    auto output = given.outputs().begin();
    for (const metrics::Metric& metric : given) {
      if (!metric) throw ValueError("a metric must not be null");
      const auto place = std::find(names.begin(), names.end(), *output);
      if (place == names.end()) detail::throw_unknown_name("output", *output, names);
      result[static_cast<std::size_t>(place - names.begin())].push_back(metric);
      ++output;
    }
  } else if (!given.places().empty()) {
    check_count(what + ": ", "list", "output", given.places().size() - 1, count, names);
    auto metric = given.begin();
    for (std::size_t i = 0; i < count; ++i) {
      for (; metric != given.begin() + static_cast<std::ptrdiff_t>(given.places()[i + 1]); ++metric) {
        if (!*metric) throw ValueError("a metric must not be null");
        result[i].push_back(*metric);
      }
    }
  } else if (count == 1) {
    for (const metrics::Metric& metric : given) {
      if (!metric) throw ValueError("a metric must not be null");
      result.front().push_back(metric);
    }
  } else if (given.size() != 0) {
    check_count(what + ": by position, ", "metric", "output", given.size(), count, names);
    auto output = result.begin();
    for (const metrics::Metric& metric : given) {
      if (metric) output->push_back(metric);
      ++output;
    }
  }
  return result;
}

// Keras's: the second one of a name is called name_1.
std::string free_name(const std::string& name, std::unordered_set<std::string>& used) {
  std::string result = name;
  for (int number = 1; !used.insert(result).second; ++number) result = name + '_' + std::to_string(number);
  return result;
}

}  // namespace

std::vector<CompiledOutput> compiled_outputs(const CompileOptions& options, std::size_t count,
                                             const std::vector<std::string>& names) {
  std::vector<CompiledOutput> result(count);
  if (!options.loss.empty()) {
    std::vector<losses::Loss> losses = values_of("loss: ", options.loss, count, names);
    for (std::size_t i = 0; i < count; ++i) result[i].loss = std::move(losses[i]);
  }
  if (!options.loss_weights.empty()) {
    const std::vector<double> weights = values_of("loss_weights: ", options.loss_weights, count, names);
    for (std::size_t i = 0; i < count; ++i) result[i].loss_weight = weights[i];
  }
  std::unordered_set<std::string> used{"loss"};
  for (std::size_t i = 0; i < count; ++i) {
    if (!result[i].loss) continue;
    const std::string& name = names.empty() ? result[i].loss.name() : names[i];
    if (count > 1) result[i].mean_loss.name = free_name(name + "_loss", used);
  }
  const auto metrics = metrics_of("metrics", options.metrics, count, names);
  const auto weighted_metrics = metrics_of("weighted_metrics", options.weighted_metrics, count, names);
  const auto prefix = [&](std::size_t i) { return count == 1 || names.empty() ? std::string() : names[i] + '_'; };
  for (std::size_t i = 0; i < count; ++i) {
    for (const metrics::Metric& metric : metrics[i]) {
      result[i].metrics.push_back({free_name(prefix(i) + metric.name(), used), metric, false});
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (const metrics::Metric& metric : weighted_metrics[i]) {
      const bool taken = used.contains(prefix(i) + metric.name());
      const std::string name = prefix(i) + (taken ? "weighted_" : "") + metric.name();
      result[i].metrics.push_back({free_name(name, used), metric, true});
    }
  }
  return result;
}

}  // namespace xtape::models
