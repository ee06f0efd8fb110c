#pragma once

#include <cstdint>
#include <string>
#include <xtape/export.hpp>

namespace xtape::detail {

/// `1,234,567`.
XTAPE_API std::string with_commas(int64_t number);

}  // namespace xtape::detail
