#pragma once

#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape {

/// Which steps of a sequence count: what a layer such as Embedding with `mask_zero`, or Masking, says about its result,
/// [batch, time], bool. Undefined if nothing was said: all count. Layers pass it on as Keras's do, losses leave out
/// what it excludes: values and gradients are 0 there, also of what is no number. Operations do not know it, so that
/// arithmetic, views and copies have none. Functions that others are given to (vmap, jvp, value_and_grad, checkpoint)
/// call them with the masks of the arguments; capture refuses these.
XTAPE_API Tensor mask_of(const Tensor& x);
/// Whether it has one; x is defined.
XTAPE_API bool has_mask(const Tensor& x) noexcept;

/// The same tensor, at the same place of the graph, of which `mask` says what counts; an undefined one takes a mask
/// away. x itself stays as it is. @throws DTypeError unless the mask is bool, ShapeError if it has more dimensions than
/// x or other lengths than its first ones, ValueError for an undefined x.
XTAPE_API Tensor with_mask(const Tensor& x, const Tensor& mask);

}  // namespace xtape
