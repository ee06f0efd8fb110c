#pragma once

#include <string>
#include <vector>

// Tables as text, in the form that Python's csv module and spreadsheets write (RFC 4180).
namespace xtape::callbacks {

/// The text as a field: in quotes where it has separators, quotes or line ends.
std::string csv_field(const std::string& text, const std::string& separator = ",");

/// The fields of each line. A quote that is not closed ends with the text.
std::vector<std::vector<std::string>> parse_csv(const std::string& text);

}  // namespace xtape::callbacks
