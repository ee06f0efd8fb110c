#pragma once

#include <xtape/detail/logits.hpp>

// What is attached to tensors (core/annotation.hpp): the logits behind probabilities, and masks (mask.hpp).
// annotation.cpp alone makes annotations and looks into them.
namespace xtape::ops {

using detail::attach_logits;
using detail::logits_of;
using detail::Probability;

}  // namespace xtape::ops
