#pragma once

#include <algorithm>
#include <string>
#include <vector>
#include <xtape/detail/names.hpp>

// Lists of names with what belongs to each.
namespace xtape::callbacks {

template <class Entries>
auto find(Entries& entries, const std::string& name) {
  return std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == name; });
}

// What belongs to the name. @throws ValueError with the nearest names that there are.
template <class Entries>
const auto& value_of(const char* kind, const Entries& entries, const std::string& name) {
  const auto entry = find(entries, name);
  if (entry != entries.end()) return entry->second;
  std::vector<std::string> known;
  for (const auto& other : entries) known.push_back(other.first);
  detail::throw_unknown_name(kind, name, known);
}

}  // namespace xtape::callbacks
