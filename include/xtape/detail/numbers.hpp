#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <xtape/export.hpp>

// What functions and options that take numbers ask of them.
namespace xtape::detail {

/// Which numbers an option takes; none takes NaN.
enum class Range {
  finite,
  not_negative,  // infinity too
  finite_and_not_negative,
  positive,  // infinity too
  finite_and_positive,
  from_0_to_1,
  from_0_below_1,
};

/// @throws ValueError, of a layer or model with that path, unless the range holds the number:
/// `Dropout: rate must lie between 0 and 1, given 1.5`.
XTAPE_API void check_number(std::string_view subject, std::string_view option, double number, Range range,
                            const std::string& path = {});

/// @throws ValueError, likewise, if the number is below `least`: `Dense: units must be at least 1, given 0`.
XTAPE_API void check_at_least(int64_t least, std::string_view subject, std::string_view option, int64_t number,
                              const std::string& path = {});

}  // namespace xtape::detail
