#include <xtape/callbacks/history.hpp>

#include "callbacks/entries.hpp"

namespace xtape::callbacks {

void History::add(int64_t epoch, const Logs& logs) {
  epoch_.push_back(epoch);
  for (const auto& [name, value] : logs) {
    auto entry = find(history_, name);
    if (entry == history_.end()) entry = history_.insert(entry, {name, {}});
    entry->second.push_back(value);
  }
}

const std::vector<double>& History::operator[](const std::string& name) const {
  return value_of("name in the history", history_, name);
}

bool History::contains(const std::string& name) const { return find(history_, name) != history_.end(); }

}  // namespace xtape::callbacks
