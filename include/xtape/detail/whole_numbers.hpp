#pragma once

#include <cstdint>
#include <string>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape::detail {

/// The elements of x for checks of values, contiguous; within vmap those of all examples, stacked.
XTAPE_API Tensor values_to_check(const Tensor& x);

/// Labels or indices as contiguous int64: those of a floating type too, if they are whole, as datasets and Keras have
/// them. `what` begins the message: `embedding: index`, say.
/// @throws ValueError naming the first one that is not a whole number, and its position: `label 0.9 at position 0 is
/// not a whole number`; IndexError if it is one that int64 does not hold.
XTAPE_API Tensor whole_numbers(const std::string& what, const Tensor& x, const std::string& cure = {});

/// The same, each in [0, limit). @throws IndexError naming the first one outside, and its position.
XTAPE_API Tensor whole_numbers_below(const std::string& what, const Tensor& x, int64_t limit,
                                     const std::string& cure = {});

}  // namespace xtape::detail
