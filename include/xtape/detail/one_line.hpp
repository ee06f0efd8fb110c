#pragma once

#include <string>
#include <xtape/export.hpp>

namespace xtape::detail {

/// A name as it can stand in a line of a log or a table: spaces for the line ends, tabs and other control characters
/// that it has, which would break the line or steer the terminal.
XTAPE_API std::string one_line(std::string name);

}  // namespace xtape::detail
