#pragma once

#include <vector>
#include <xtape/models/model.hpp>

#include "callbacks/tensorboard/event_file.hpp"

namespace xtape::callbacks {

/// The layers of a model, and which takes from which: those of models in it with the model's name in front. Of a model
/// of one's own, which does not tell how its layers are called, the layers alone.
std::vector<GraphNode> model_graph(const models::Model& model);

}  // namespace xtape::callbacks
