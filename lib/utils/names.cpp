#include <algorithm>
#include <cctype>
#include <charconv>
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

// Names may come of a file, and be of any length: a longer one is nobody's slip of the pen, and what it takes to
// compare two grows with the product of their lengths.
constexpr std::size_t longest_compared = 200;

// The beginning of one that is longer.
std::string shown(std::string_view name) {
  if (name.size() <= longest_compared) return std::string(name);
  std::size_t end = longest_compared;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;  // within a letter of UTF-8
  return std::string(name.substr(0, end)) + "...";
}

// The three nearest, first those of the smallest distance; none where none is near: what differs in half of the letters
// at most, as a guess would mislead else.
std::vector<std::string> nearest(std::string_view given, const std::vector<std::string>& known) {
  std::vector<std::pair<std::size_t, const std::string*>> compared;
  if (given.size() <= longest_compared) {
    for (const std::string& name : known) {
      if (name.size() <= longest_compared) compared.emplace_back(edit_distance(given, name), &name);
    }
  }
  std::stable_sort(compared.begin(), compared.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  if (compared.empty()) return {};
  const auto& [distance, name] = compared.front();
  if (2 * distance > std::max(given.size(), name->size()) + 1) return {};
  std::vector<std::string> result;
  for (std::size_t i = 0; i < std::min<std::size_t>(compared.size(), 3); ++i) result.push_back(*compared[i].second);
  return result;
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
  std::string message = "unknown " + std::string(kind) + " \"" + shown(given) + "\"; ";
  if (known.empty()) throw ValueError(message + "there are none");
  const std::vector<std::string> near = nearest(given, known);
  message += near.empty() ? "known names are " : "the nearest known names are ";
  const std::vector<std::string>& listed = near.empty() ? known : near;
  for (std::size_t i = 0; i < listed.size(); ++i) message += (i ? ", \"" : "\"") + shown(listed[i]) + '"';
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

std::optional<uint64_t> detail::number_in_name(std::string_view name, std::string_view kind) {
  if (name == kind) return 0;
  if (!name.starts_with(kind) || name[kind.size()] != '_') return std::nullopt;
  uint64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data() + kind.size() + 1, end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

void utils::clear_session() {
  NameCounters& counters = name_counters();
  const std::lock_guard lock(counters.mutex);
  counters.next.clear();
}

}  // namespace xtape
