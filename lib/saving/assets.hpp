#pragma once

#include <cstdint>
#include <xtape/layers/assets.hpp>
#include <xtape/layers/layer_impl.hpp>

#include "saving/weights_plan.hpp"

// Files that layers keep (layers::KeepsAssets), by their paths below "assets/": "layers/vocabulary/words.txt".
namespace xtape::saving {

// Of all files of a model: a few bytes of an archive can unpack to any of them.
constexpr uint64_t max_assets_bytes = uint64_t{256} << 20;

// @throws ValueError for names that are no paths below the layer's folder, and more bytes than are read.
layers::Assets assets_of(const layers::LayerImpl& model);
// Notes those that no layer of the model keeps.
void note_extra_assets(const layers::Assets& files, const layers::LayerImpl& model, WeightsPlan& plan);
// Gives them to the layers.
void load_assets(const layers::Assets& files, layers::LayerImpl& model);

}  // namespace xtape::saving
