#pragma once

#include "kernels/simd/vector_type.hpp"

namespace xtape::kernels::XTAPE_ISA {

// The rows of a tile of sums, two vectors wide, that stays in registers while a product runs over its terms: 24 sums of
// 32 registers, with two for a row of the right operand and one for an element of the left one; 12 of 16; or 8, where a
// product needs a register of its own.
constexpr int tile_rows = registers == 32 ? 12 : has_fma ? 6 : 4;

}  // namespace xtape::kernels::XTAPE_ISA
