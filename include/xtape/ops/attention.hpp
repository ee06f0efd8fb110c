#pragma once

#include <xtape/tensor.hpp>

namespace xtape {

/// softmax(query key^T * scale) value (Vaswani et al., 2017): query [..., queries, dim], key [..., keys, dim],
/// value [..., keys, value_dim] -> [..., queries, value_dim]. `scale` 0 stands for 1 / sqrt(dim). Where the
/// `mask` (broadcast to [..., queries, keys]; bool, or integers for their truth) is false, nothing is attended to; a
/// query that sees no key at all gets zeros.
/// @throws ShapeError if the shapes do not fit; DTypeError unless query, key and value are floating, or for a floating
/// mask, which elsewhere is added to the scores; ValueError unless `scale` is finite.
XTAPE_API Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                              const Tensor& mask = {}, double scale = 0);

}  // namespace xtape
