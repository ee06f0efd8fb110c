#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <xtape/config.hpp>
#include <xtape/export.hpp>

namespace xtape {

/// A Config as JSON: on one line, or with `indent` spaces a level. Numbers are written so that they are read back
/// exactly, floating ones with a point or an exponent. What JSON has no number for is written as Python does: NaN,
/// Infinity and -Infinity.
XTAPE_API std::string to_json(const Config& config, int indent = -1);

/// The largest text that parse_json takes.
inline constexpr std::size_t max_json_bytes = std::size_t{64} << 20;

/// The Config that a JSON text describes. Numbers without point and exponent are integers where int64 holds them; NaN,
/// Infinity and -Infinity are numbers, spelt so.
/// @throws FormatError for a text that is not JSON, more than `max_json_bytes` of it, values nested deeper than 200 or
/// a name that is given twice; it says where.
XTAPE_API Config parse_json(std::string_view text);

}  // namespace xtape
