#pragma once

#include <xtape/tensor.hpp>

namespace xtape::ops {

// softmax(scores) over the last axis, 0 for keys that are not seen: the weights of the values. The mask, bool, may be
// undefined.
Tensor attention_weights(const Tensor& scores, const Tensor& mask);

}  // namespace xtape::ops
