#include <algorithm>
#include <xtape/callbacks/logs.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>

namespace xtape::callbacks {
namespace {

template <class Entries>
auto find(Entries& entries, const std::string& name) {
  return std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == name; });
}

}  // namespace

double Logs::operator[](const std::string& name) const {
  const auto entry = find(entries_, name);
  if (entry != entries_.end()) return entry->second;
  std::vector<std::string> known;
  for (const Entry& other : entries_) known.push_back(other.first);
  detail::throw_unknown_name("name in the logs", name, known);
}

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
