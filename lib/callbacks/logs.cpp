#include <cmath>
#include <cstdio>
#include <numeric>
#include <ostream>
#include <vector>
#include <xtape/callbacks/logs.hpp>
#include <xtape/detail/one_line.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

#include "callbacks/entries.hpp"
#include "callbacks/log_number.hpp"

namespace xtape::callbacks {

double Logs::operator[](const std::string& name) const { return value_of("name in the logs", entries_, name); }

double Logs::at(Count position) const {
  const int64_t index = position;
  if (index < 0 || index >= static_cast<int64_t>(entries_.size())) {
    throw IndexError("logs: position " + std::to_string(index) + " is outside [0, " + std::to_string(entries_.size()) +
                     "); positions count from the front, and names work too");
  }
  return entries_[static_cast<std::size_t>(index)].second;
}

bool Logs::contains(const std::string& name) const { return find(entries_, name) != entries_.end(); }

void Logs::set(const std::string& name, double value) {
  const auto entry = find(entries_, name);
  if (entry != entries_.end()) {
    entry->second = value;
  } else {
    entries_.emplace_back(name, value);
  }
  if (!values_.empty()) std::erase_if(values_, [&](const auto& other) { return other.first == name; });
}

void Logs::set(const std::string& name, const Tensor& values) {
  // Added up in order, as metrics do: what a file gives back is the number that was there.
  const std::vector<double> figures = values.astype(float64).to_vector<double>();
  set(name, std::accumulate(figures.begin(), figures.end(), 0.0) / static_cast<double>(figures.size()));
  if (values.rank() > 0) values_.emplace_back(name, values);
}

Tensor Logs::values(const std::string& name) const {
  const double value = (*this)[name];
  const auto entry = find(values_, name);
  return entry == values_.end() ? tensor(value, float64) : entry->second;
}

std::string log_number(double value) {
  if (std::isnan(value)) return "nan";  // whatever its sign
  char number[320];                     // the largest has 314 letters
  std::snprintf(number, sizeof number, std::abs(value) > 1e-3 ? "%.4f" : "%.4e", value);
  return number;
}

std::ostream& operator<<(std::ostream& stream, const Logs& logs) {
  const char* separator = "";
  for (const auto& [name, value] : logs) {
    stream << separator << detail::one_line(name) << ": " << log_number(value);
    separator = " - ";
  }
  return stream;
}

}  // namespace xtape::callbacks
