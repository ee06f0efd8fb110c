#include "doc_tables.hpp"

#include <cstddef>
#include <fstream>
#include <utility>

namespace xtape::test {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? std::string() : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::vector<std::string> split(const std::string& text, const std::string& at) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(at, begin)) != std::string::npos; begin = end + at.size()) {
    parts.push_back(trimmed(text.substr(begin, end - begin)));
  }
  parts.push_back(trimmed(text.substr(begin)));
  return parts;
}

// "Dense" of "`Dense`"; empty for anything else.
std::string code(const std::string& cell) {
  return cell.size() > 2 && cell.front() == '`' && cell.find('`', 1) == cell.size() - 1
             ? cell.substr(1, cell.size() - 2)
             : std::string();
}

// "`a`, `b`: why; `c`: why".
bool read_options(const std::string& cell, std::map<std::string, std::string>& options) {
  if (cell.empty()) return true;
  for (const std::string& entry : split(cell, "; ")) {
    const std::size_t colon = entry.find(": ");
    if (colon == std::string::npos || colon + 2 == entry.size()) return false;
    for (const std::string& name : split(entry.substr(0, colon), ",")) {
      if (code(name).empty()) return false;
      options[code(name)] = entry.substr(colon + 2);
    }
  }
  return true;
}

}  // namespace

DocTables read_doc_tables(const std::string& file) {
  DocTables tables;
  std::ifstream stream(file);
  bool inside = false;
  std::string area;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    const auto problem = [&](const std::string& what) {
      tables.problems.push_back("line " + std::to_string(number) + ": " + what + ": " + line);
    };
    if (line.starts_with("## ")) {
      inside = line == "## Every public symbol";
    } else if (line.starts_with("### ")) {
      area = line.substr(4);
    } else if (inside && line.starts_with("| ")) {
      std::vector<std::string> cells = split(line, "|");
      // What is in front of the first and behind the last sign.
      if (cells.size() < 3 || cells[1] == "symbol" || cells[1] == "area") continue;
      cells = std::vector<std::string>(cells.begin() + 1, cells.end() - 1);
      if (area == "left out everywhere") {
        const std::string option = cells.size() == 3 ? code(cells[1]) : "";
        if (option.empty() || cells[2].empty()) {
          problem("expected an area, an option and a reason");
        } else if (!tables.everywhere[cells[0]].emplace(option, cells[2]).second) {
          problem("stands twice");
        }
        continue;
      }
      Row row;
      const std::string symbol = cells.size() == 4 ? code(cells[0]) : "";
      if (symbol.empty() || !read_options(cells[2], row.options)) {
        problem("expected a symbol, whether it is here, \"`option`: reason; ...\" and notes");
        continue;
      }
      row.here = cells[1];
      row.notes = cells[3];
      if (row.here != "yes" && row.here != "by name" && row.here != "not yet" && row.here != "no") {
        problem("expected yes, by name, not yet or no");
      }
      if (row.here == "no" && row.notes.empty()) problem("expected a note that says why not");
      if (!tables.areas[area].emplace(symbol, std::move(row)).second) problem("stands twice");
    }
  }
  return tables;
}

}  // namespace xtape::test
