#include <algorithm>
#include <ostream>
#include <string>
#include <xtape/callbacks/history.hpp>
#include <xtape/detail/one_line.hpp>
#include <xtape/ops/creation.hpp>

#include "callbacks/entries.hpp"
#include "callbacks/log_number.hpp"

namespace xtape::callbacks {

const std::vector<double>& HistoryValues::operator[](const std::string& name) const {
  return value_of("name in the history", entries_, name);
}

std::vector<Tensor> HistoryValues::values(const std::string& name) const {
  const std::vector<double>& numbers = (*this)[name];
  std::vector<Tensor> result = values_[static_cast<std::size_t>(find(entries_, name) - entries_.begin())];
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (!result[i].defined()) result[i] = tensor(numbers[i], float64);
  }
  return result;
}

bool HistoryValues::contains(const std::string& name) const { return find(entries_, name) != entries_.end(); }

void History::add(int64_t epoch, const Logs& logs) {
  auto& entries = history.entries_;
  for (const auto& [name, value] : logs) {
    const auto place = static_cast<std::size_t>(find(entries, name) - entries.begin());
    if (place == entries.size()) {
      entries.push_back({name, {}});
      history.values_.emplace_back();
      places_.emplace_back();
    }
    entries[place].second.push_back(value);
    const Tensor values = logs.values(name);
    history.values_[place].push_back(values.rank() > 0 ? values : Tensor());
    places_[place].push_back(epoch_.size());
  }
  epoch_.push_back(epoch);
}

std::vector<int64_t> History::epochs_of(const std::string& name) const {
  history[name];  // knows the name, or throws
  std::vector<int64_t> epochs;
  const auto place = static_cast<std::size_t>(find(history.entries_, name) - history.begin());
  for (const std::size_t row : places_[place]) epochs.push_back(epoch_[row]);
  return epochs;
}

std::vector<std::vector<const double*>> History::table() const {
  std::vector<std::vector<const double*>> rows(epoch_.size(), std::vector<const double*>(history.size(), nullptr));
  for (std::size_t column = 0; column < history.size(); ++column) {
    const auto& values = history.entries_[column].second;
    for (std::size_t i = 0; i < values.size(); ++i) rows[places_[column][i]][column] = &values[i];
  }
  return rows;
}

const Tensor* History::several(std::size_t row, std::size_t column) const {
  const auto& places = places_[column];
  const auto place = std::find(places.begin(), places.end(), row);
  if (place == places.end()) return nullptr;
  const Tensor& values = history.values_[column][static_cast<std::size_t>(place - places.begin())];
  return values.defined() ? &values : nullptr;
}

std::ostream& operator<<(std::ostream& stream, const History& history) {
  std::vector<std::vector<std::string>> lines{{"epoch"}};
  for (const auto& entry : history.history) lines[0].push_back(detail::one_line(entry.first));
  const auto rows = history.table();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    lines.push_back({std::to_string(history.epoch()[row] + 1)});
    for (const double* value : rows[row]) lines.back().push_back(value == nullptr ? "" : log_number(*value));
  }
  std::vector<std::size_t> widths(lines[0].size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      stream << (i == 0 ? "" : "  ") << std::string(widths[i] - line[i].size(), ' ') << line[i];
    }
    stream << '\n';
  }
  return stream;
}

}  // namespace xtape::callbacks
