#pragma once

#include <string>
#include <xtape/config.hpp>
#include <xtape/detail/shared_layers.hpp>
#include <xtape/models/model.hpp>

// What Keras has no place for, and does not look at.
namespace xtape::saving {

// Random state, which layers give no masks, which are one at several places, and where names do not tell how layers are
// kept, as JSON.
std::string own_state_of(const models::Model& model, const layers::SharedLayers& shared);
// Those that are one. @throws FormatError for what own_state_of does not give.
layers::SharedLayers shared_in_own_state(const Config& state);
// Has the layers give masks as they did, and keep their places in files. @throws FormatError, ValueError for what
// own_state_of does not give.
void follow_own_state(const Config& state, layers::LayerImpl& model);

}  // namespace xtape::saving
