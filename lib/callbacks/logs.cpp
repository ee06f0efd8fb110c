#include <xtape/callbacks/logs.hpp>
#include <xtape/error.hpp>

#include "callbacks/entries.hpp"

namespace xtape::callbacks {

double Logs::operator[](const std::string& name) const { return value_of("name in the logs", entries_, name); }

double Logs::operator[](std::size_t position) const {
  if (position >= entries_.size()) {
    throw IndexError("logs: position " + std::to_string(position) + " is outside [0, " +
                     std::to_string(entries_.size()) + ")");
  }
  return entries_[position].second;
}

bool Logs::contains(const std::string& name) const { return find(entries_, name) != entries_.end(); }

void Logs::set(const std::string& name, double value) {
  const auto entry = find(entries_, name);
  if (entry != entries_.end()) {
    entry->second = value;
  } else {
    entries_.emplace_back(name, value);
  }
}

}  // namespace xtape::callbacks
