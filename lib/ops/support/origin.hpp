#pragma once

#include <xtape/tensor.hpp>

namespace xtape::ops {

// Notes on a recorded result that `activation` ("softmax" or "sigmoid") made it from `logits`, so that a
// cross-entropy can start from there: better conditioned, and no gradient is lost to clipping.
void set_logits(const Tensor& result, const char* activation, const Tensor& logits);

// The logits, or an undefined tensor if `x` is not such a result or was changed since.
Tensor logits_behind(const Tensor& x, const char* activation);

}  // namespace xtape::ops
