#pragma once

#include <xtape/tensor.hpp>

namespace xtape::detail {

/// The type in which numbers of `type` are computed where the result is no whole number: float32 or float64.
inline DType floating_type(DType type) { return is_floating(type) ? type : promote_types(type, DType::float32); }

/// x in that type: x itself where it has it already. Losses and metrics compute so whatever they are given.
inline Tensor to_floating(const Tensor& x) { return x.astype(floating_type(x.dtype())); }

}  // namespace xtape::detail
