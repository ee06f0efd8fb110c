#pragma once

#include <cstddef>
#include <optional>

#include "autograd/instruction.hpp"

namespace xtape::ops {

// `first` and then `next`, which reads its result as input `position` and is the only one to read it: one operation, if
// both are sums, differences or products of float32 tensors of one size, or of one such tensor and a number.
std::optional<autograd::Instruction> arithmetic_pair(const autograd::Instruction& first,
                                                     const autograd::Instruction& next, std::size_t position);

}  // namespace xtape::ops
