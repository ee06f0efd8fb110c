#pragma once

#include <cstddef>

// For the library's own files.
namespace xtape::detail {

/// How many lists and dicts in one another parse_json reads.
inline constexpr std::size_t max_json_depth = 200;
/// How many values, lists and dicts among them: as many as 32,768 layers with all of their options have. Each takes ten
/// times the bytes that a text has for it.
inline constexpr std::size_t max_json_values = std::size_t{1} << 22;

}  // namespace xtape::detail
