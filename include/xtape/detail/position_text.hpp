#pragma once

#include <cstdint>
#include <string>
#include <xtape/export.hpp>
#include <xtape/shape.hpp>

namespace xtape::detail {

/// `2` or `[1, 2]`: where element `index`, counted in row-major order, stands in a tensor of that shape.
XTAPE_API std::string position_text(int64_t index, const Shape& shape);

}  // namespace xtape::detail
