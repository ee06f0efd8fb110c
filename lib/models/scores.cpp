#include <string>
#include <xtape/error.hpp>
#include <xtape/models/scores.hpp>

namespace xtape::models {

void Scores::check_count(std::size_t asked) const {
  if (size() == asked) return;
  std::string names;
  for (const auto& [name, value] : *this) names += (names.empty() ? "" : ", ") + name;
  const std::string count = std::to_string(size());
  throw ValueError("evaluate: gave " + count + " numbers (" + names + "), " + std::to_string(asked) +
                   " were asked for: write evaluate<" + count + ">(...), or read them by name");
}

}  // namespace xtape::models
