#include "callbacks/csv.hpp"

namespace xtape::callbacks {

std::string csv_field(const std::string& text, const std::string& separator) {
  if (text.find_first_of("\"\r\n" + separator) == std::string::npos) return text;
  std::string field = "\"";
  for (const char letter : text) field += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return field + '"';
}

std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
  std::vector<std::vector<std::string>> lines;
  bool quoted = false, begun = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (!begun) lines.push_back({""});
    begun = true;
    std::string& field = lines.back().back();
    if (quoted && letter == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      field += text[++i];
    } else if (letter == '"') {
      quoted = !quoted;
    } else if (quoted) {
      field += letter;
    } else if (letter == ',') {
      lines.back().emplace_back();
    } else if (letter == '\n') {
      begun = false;
    } else if (letter != '\r') {
      field += letter;
    }
  }
  return lines;
}

}  // namespace xtape::callbacks
