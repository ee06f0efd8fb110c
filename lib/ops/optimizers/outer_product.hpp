#pragma once

#include <cstddef>
#include <optional>

#include "autograd/instruction.hpp"

namespace xtape::ops {

// `product` and then `step`, which reads its result as input `position` and is the only one to read it: one
// operation, if that is a gradient, a column times a row, and `step` that of an optimizer that takes each element by
// itself.
std::optional<autograd::Instruction> update_by_outer_product(const autograd::Instruction& product,
                                                             const autograd::Instruction& step, std::size_t position);

}  // namespace xtape::ops
