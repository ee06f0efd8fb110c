#pragma once

#include <cstdint>
#include <xtape/tensor.hpp>

namespace xtape::utils {

/// Integer labels of any shape as one-hot rows (float32) in a new last axis of length `num_classes`; a
/// trailing axis of length 1 is dropped first. Default: the largest label + 1.
/// @throws ValueError for a label that is not a whole number, IndexError for one outside [0, num_classes); ShapeError
/// for no labels without `num_classes`.
XTAPE_API Tensor to_categorical(const Tensor& labels, Count num_classes = -1);

}  // namespace xtape::utils
