#pragma once

#include <string>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

// What is asked of the results of functions that users write.
namespace xtape::detail {

/// @throws ValueError if `what`, the function of a loss for one, returned an undefined tensor: `own: the function of
/// the loss returned an undefined tensor`.
XTAPE_API void check_returned(const std::string& what, const Tensor& result);

/// The same for a function of x that has to keep its shape. @throws ShapeError naming both shapes if it did not.
XTAPE_API void check_elementwise(const std::string& operation, const Tensor& x, const Tensor& result);

/// Whether the tensor is the only way to its elements, which lie in order: whoever has it may keep and change them.
XTAPE_API bool is_exclusive(const Tensor& result);

}  // namespace xtape::detail
