#pragma once

#include <cstdint>
#include <xtape/export.hpp>

namespace xtape::layers {

class LayerImpl;

/// Where an operation on symbols puts the elements of its operands: each stays in its place, or meets that in the same
/// place of the others, or it is neither.
enum class ElementPlaces : uint8_t { others, kept, merged };

/// For the library's own use: of a layer that is no operation `others`.
XTAPE_API ElementPlaces element_places(const LayerImpl& layer);

}  // namespace xtape::layers
