#pragma once

#include <string>
#include <xtape/layers/layer_impl.hpp>

#include "io/array_group.hpp"
#include "saving/release.hpp"
#include "saving/weights_plan.hpp"

// The weights of a model as groups of arrays, as Keras's `.weights.h5` has them: "layers/dense/vars/0".
namespace xtape::saving {

io::ArrayGroup weights_tree(const layers::LayerImpl& model);

// What sets the model's weights to those of the file. `skips`: layers whose weights do not fit stay as they are, which
// is said on std::cerr. Groups that no layer asks for are let be, unless they are layers with weights.
void plan_weights_tree(const io::ArrayGroup& file, const layers::LayerImpl& model, const Release& release, bool skips,
                       WeightsPlan& plan);

// Whether the file has weights of a layer at another place than its first one too.
bool has_values_again(const io::ArrayGroup& file, const layers::LayerImpl& model);

}  // namespace xtape::saving
