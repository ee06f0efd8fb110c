#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <xtape/layers/margins.hpp>
#include <xtape/shape.hpp>

namespace xtape::layers {

// "((1, 0), (2, 1))", or "(1, 0)" of one axis.
template <std::size_t axes>
std::string margins_text(const Margins<axes>& margins);

// @throws ValueError, `Cropping2D: cropping must be at least 0, given ((0, 0), (-1, 0))`.
template <std::size_t axes>
void check_margins(std::string_view layer, std::string_view option, const Margins<axes>& margins);

// Those of all axes of [batch, spatial..., channels].
template <std::size_t axes>
std::vector<std::pair<int64_t, int64_t>> with_batch_and_channels(const Margins<axes>& margins);

}  // namespace xtape::layers
