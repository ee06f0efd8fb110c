#include <algorithm>
#include <ostream>
#include <string>
#include <xtape/callbacks/history.hpp>

#include "callbacks/entries.hpp"
#include "callbacks/log_number.hpp"

namespace xtape::callbacks {
namespace {

// On one line, whatever the name.
std::string head_of(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x20; }, ' ');
  return name;
}

}  // namespace

const std::vector<double>& HistoryValues::operator[](const std::string& name) const {
  return value_of("name in the history", entries_, name);
}

bool HistoryValues::contains(const std::string& name) const { return find(entries_, name) != entries_.end(); }

void History::add(int64_t epoch, const Logs& logs) {
  auto& entries = history.entries_;
  for (const auto& [name, value] : logs) {
    const auto place = static_cast<std::size_t>(find(entries, name) - entries.begin());
    if (place == entries.size()) {
      entries.push_back({name, {}});
      places_.emplace_back();
    }
    entries[place].second.push_back(value);
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

std::ostream& operator<<(std::ostream& stream, const History& history) {
  std::vector<std::vector<std::string>> lines{{"epoch"}};
  for (const auto& entry : history.history) lines[0].push_back(head_of(entry.first));
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
