#pragma once

#include <utility>
#include <xtape/tensor.hpp>

namespace xtape::ops {

// x / sqrt(sum(x^2) / count + epsilon), or x * most where that is less, and what x is multiplied by, both with their
// derivatives. The latter is given as `scale`, without derivative, and found anew where it is 0 or large, since squares
// have left the range of their type; unless `any_size` asks for these too, y is 0 where the scale is.
std::pair<Tensor, Tensor> scaled_to_norm(const Tensor& x, const Tensor& scale, const Axes& axes, double count,
                                         double epsilon, double most, bool any_size = true);

}  // namespace xtape::ops
