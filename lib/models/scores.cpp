#include <string>
#include <xtape/error.hpp>
#include <xtape/models/scores.hpp>

namespace xtape::models {

void Scores::check_count(std::size_t asked) const {
  if (size() == asked) return;
  std::string names;
  for (const auto& [name, value] : *this) names += (names.empty() ? "" : ", ") + name;
  const std::string count = std::to_string(size());
  throw ValueError(std::string(size() == 1 ? "there is " : "there are ") + count +
                   (size() == 1 ? " number (" : " numbers (") + names + "), " + std::to_string(asked) +
                   " were asked for: write `const auto [" + names + "] = model.evaluate<" + count +
                   ">(x, y)`, or .numbers<" + count + ">() of what was returned, or read them by name: [\"loss\"]");
}

}  // namespace xtape::models
