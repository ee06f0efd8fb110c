#pragma once

#include <xtape/layers/assets.hpp>
#include <xtape/layers/layer_impl.hpp>

#include "saving/weights_plan.hpp"

// Files that layers keep (layers::KeepsAssets), by their paths below "assets/": "layers/vocabulary/words.txt".
namespace xtape::saving {

// @throws ValueError for one without a name.
layers::Assets assets_of(const layers::LayerImpl& model);
// Notes those that no layer of the model keeps.
void note_extra_assets(const layers::Assets& files, const layers::LayerImpl& model, WeightsPlan& plan);
// Gives them to the layers.
void load_assets(const layers::Assets& files, layers::LayerImpl& model);

}  // namespace xtape::saving
