#pragma once

#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape::detail {

/// x, of which what its mask excludes gets no gradient, whatever is computed with it: 0 even where that is no number.
/// The logits behind probabilities likewise. x itself where it has no mask.
XTAPE_API Tensor masked_gradient(const Tensor& x);

}  // namespace xtape::detail
