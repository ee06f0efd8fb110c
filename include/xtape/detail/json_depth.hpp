#pragma once

#include <cstddef>

// For the library's own files.
namespace xtape::detail {

/// How many lists and dicts in one another parse_json reads.
inline constexpr std::size_t max_json_depth = 200;

}  // namespace xtape::detail
