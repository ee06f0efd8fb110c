#include <algorithm>
#include <cctype>
#include <map>
#include <mutex>
#include <numeric>
#include <utility>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/utils/clear_session.hpp>

#include "core/fork_safe_mutex.hpp"

namespace xtape {
namespace {

char lower(char letter) { return static_cast<char>(std::tolower(static_cast<unsigned char>(letter))); }
bool is_upper(char letter) { return std::isupper(static_cast<unsigned char>(letter)) != 0; }
bool is_lower(char letter) { return std::islower(static_cast<unsigned char>(letter)) != 0; }

// Insertions, deletions and replacements that turn `a` into `b` (Levenshtein 1966), row by row.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i]) != lower(b[j]));
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, replaced}));
    }
  }
  return row.back();
}

struct NameCounters {
  core::ForkSafeMutex mutex;
  std::map<std::string, int> next;
};

NameCounters& name_counters() {
  static NameCounters& counters = *new NameCounters;  // never destroyed: layers may be made until the end
  return counters;
}

}  // namespace

void detail::throw_unknown_name(std::string_view kind, std::string_view given, std::vector<std::string> known) {
  const auto nearer = [&](const std::string& a, const std::string& b) {
    return edit_distance(given, a) < edit_distance(given, b);
  };
  std::string message = "unknown " + std::string(kind) + " \"" + std::string(given) + "\"; ";
  if (known.empty()) throw ValueError(message + "there are none");
  // Near is what differs in half of the letters at most; if nothing is, a guess would mislead.
  const auto nearest = std::min_element(known.begin(), known.end(), nearer);
  const bool near = 2 * edit_distance(given, *nearest) <= std::max(given.size(), nearest->size()) + 1;
  if (near) {
    std::stable_sort(known.begin(), known.end(), nearer);
    known.resize(std::min<std::size_t>(known.size(), 3));
  }
  message += near ? "the nearest known names are " : "known names are ";
  for (std::size_t i = 0; i < known.size(); ++i) message += (i ? ", \"" : "\"") + known[i] + '"';
  throw ValueError(message);
}

std::string detail::to_snake_case(std::string_view class_name) {
  std::string result;
  for (std::size_t i = 0; i < class_name.size(); ++i) {
    const char letter = class_name[i];
    if (i > 0 && is_upper(letter)) {
      const bool after_word = is_lower(class_name[i - 1]);
      const bool starts_word = i + 1 < class_name.size() && is_lower(class_name[i + 1]);
      if (after_word || starts_word) result += '_';
    }
    result += lower(letter);
  }
  return result;
}

std::string detail::unique_name(const std::string& prefix) {
  NameCounters& counters = name_counters();
  const std::lock_guard lock(counters.mutex);
  const int count = counters.next[prefix]++;
  return count == 0 ? prefix : prefix + '_' + std::to_string(count);
}

void utils::clear_session() {
  NameCounters& counters = name_counters();
  const std::lock_guard lock(counters.mutex);
  counters.next.clear();
}

}  // namespace xtape
