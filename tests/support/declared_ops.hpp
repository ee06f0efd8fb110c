#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "source_folder.hpp"

namespace xtape::test {

/// The names of the functions that include/xtape/ops declares.
inline std::set<std::string> declared_ops() {
  const std::filesystem::path folder = std::filesystem::path(source_folder()) / "../include/xtape/ops";
  const std::regex declaration(R"(XTAPE_API (?:const )?[\w:]+(?:<[^>]*>)? (\w+)\()");
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    for (std::sregex_iterator match(text.begin(), text.end(), declaration), end; match != end; ++match) {
      names.insert((*match)[1]);
    }
  }
  return names;
}

}  // namespace xtape::test
