#include "models/sorted_logs.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace xtape::models {

void sort_by_name(callbacks::Logs& logs) {
  const auto comes_before = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (std::is_sorted(logs.begin(), logs.end(), comes_before)) return;
  std::vector<std::string> names;
  for (const auto& entry : logs) names.push_back(entry.first);
  std::sort(names.begin(), names.end());
  callbacks::Logs sorted;
  for (const std::string& name : names) sorted.set(name, logs.values(name));
  logs = std::move(sorted);
}

}  // namespace xtape::models
