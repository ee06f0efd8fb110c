#pragma once

#include <xtape/layers/layer_impl.hpp>

#include "io/array_group.hpp"
#include "saving/weights_plan.hpp"

// What layers go on with from call to call that is no weight (layers::KeepsStates), as stateful recurrent layers do: by
// their places, "layers/lstm/0". Keras has no place for it.
namespace xtape::saving {

// Without groups if no layer goes on with any.
io::ArrayGroup kept_states_of(const layers::LayerImpl& model);
// Notes what cannot be such states, and those of layers that the model does not have.
void plan_kept_states(const io::ArrayGroup& states, const layers::LayerImpl& model, WeightsPlan& plan);
// Gives them to the layers; those that have none begin anew.
void set_kept_states(const io::ArrayGroup& states, const layers::LayerImpl& model);

}  // namespace xtape::saving
