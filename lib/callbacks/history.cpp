#include <algorithm>
#include <xtape/callbacks/history.hpp>
#include <xtape/detail/names.hpp>

namespace xtape::callbacks {
namespace {

template <class Entries>
auto find(Entries& entries, const std::string& name) {
  return std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == name; });
}

}  // namespace

void History::on_train_begin() {
  history_.clear();
  epoch_.clear();
}

void History::on_epoch_end(int64_t epoch, Logs& logs) {
  epoch_.push_back(epoch);
  for (const auto& [name, value] : logs) {
    auto entry = find(history_, name);
    if (entry == history_.end()) entry = history_.insert(entry, {name, {}});
    entry->second.push_back(value);
  }
}

const std::vector<double>& History::operator[](const std::string& name) const {
  const auto entry = find(history_, name);
  if (entry != history_.end()) return entry->second;
  std::vector<std::string> known;
  for (const Entry& other : history_) known.push_back(other.first);
  detail::throw_unknown_name("name in the history", name, known);
}

bool History::contains(const std::string& name) const { return find(history_, name) != history_.end(); }

}  // namespace xtape::callbacks
