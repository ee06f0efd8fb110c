#pragma once

#include <xtape/layers/layer_impl.hpp>

#include "io/array_group.hpp"

namespace xtape::saving {

// Layers in one of a class of one's own that were read have names that may be automatic ones, or given ones that look
// so. Whether the file keeps them by these names, or by class and number, is seen from the names that are beside
// weights.
void settle_part_places(const io::ArrayGroup& file, layers::LayerImpl& model);

// Whether there may be such ones in what the model will be read as.
bool has_open_places(const layers::LayerImpl& model);

}  // namespace xtape::saving
