#pragma once

#include <cstdint>
#include <string>
#include <xtape/export.hpp>
#include <xtape/shape.hpp>

namespace xtape::detail {

/// Where element `index`, counted in row-major order, stands in a tensor of that shape: a coordinate for each axis.
XTAPE_API Shape position_of(int64_t index, const Shape& shape);

/// The same as text: `2` or `[1, 2]`.
XTAPE_API std::string position_text(int64_t index, const Shape& shape);

}  // namespace xtape::detail
