#pragma once

#include <utility>
#include <vector>
#include <xtape/detail/mask_scope.hpp>
#include <xtape/error.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::layers {

/// call(inputs), of inputs that are made up to see what a layer returns. One that cannot do without the mask that its
/// inputs will have is tried again with masks that leave out nothing.
template <class Call>
auto call_with_masks_if_asked(std::vector<Tensor> inputs, const Call& call) {
  try {
    return call(inputs);
  } catch (const ValueError&) {
    std::vector<Tensor> masks;
    for (Tensor& input : inputs) {
      masks.emplace_back();
      if (!input.defined() || input.rank() < 2) continue;
      masks.back() = ones({input.shape(0), input.shape(1)}, bool_);
      input = with_mask(input, masks.back());
    }
    const detail::MaskScope scope(std::move(masks));
    try {
      return call(inputs);
    } catch (const Error&) {
      // It was not the mask that was missing: the first error tells.
    }
    throw;
  }
}

}  // namespace xtape::layers
