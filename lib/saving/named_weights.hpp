#pragma once

#include <xtape/io/named_tensors.hpp>
#include <xtape/models/model.hpp>

#include "saving/weights_plan.hpp"

// Weights by their paths below the model, "dense/kernel", as safetensors and npz files have them.
namespace xtape::saving {

io::NamedTensors named_weights(const models::Model& model);
// Matched by names. Where not one is the same, as of layers that were never named and are numbered otherwise now, by
// their order, if each is called alike in its layer.
void plan_named_weights(const io::NamedTensors& file, const models::Model& model, bool skips, WeightsPlan& plan);

}  // namespace xtape::saving
