#pragma once

#include <xtape/tensor.hpp>

namespace xtape::ops {

// x / sqrt(sum(x^2) / count + epsilon), or x * most where that is more. `scale` is what x is multiplied by, without
// derivative, and found anew where it is 0 or too large, since squares have left the range of their type.
Tensor scaled_to_norm(const Tensor& x, const Tensor& scale, const Axes& axes, double count, double epsilon,
                      double most);

}  // namespace xtape::ops
