#pragma once

#include <map>
#include <string>
#include <vector>

// The tables of docs/keras.md about Keras's public symbols.
namespace xtape::test {

struct Row {
  // Whether the symbol is here: "yes", "by name", "not yet" or "no".
  std::string here;
  // Options that are not here, or otherwise, with what is said about them.
  std::map<std::string, std::string> options = {};
  std::string notes = {};
};

struct DocTables {
  // By area and symbol.
  std::map<std::string, std::map<std::string, Row>> areas;
  // By area: options that are left out wherever Keras has them.
  std::map<std::string, std::map<std::string, std::string>> everywhere;
  // What the text is at fault for: rows that stand twice, cells that cannot be read.
  std::vector<std::string> problems;
};

DocTables read_doc_tables(const std::string& file);

}  // namespace xtape::test
