#pragma once

#include <xtape/config.hpp>
#include <xtape/detail/shared_layers.hpp>

namespace xtape::saving {

// Which layers of a configuration that Keras wrote may be one, at several places: it gives all but the first one, at
// times all, a `shared_object_id`. Those that are, have weights at one of them alone; such ids of others than layers
// can be equal by chance.
layers::SharedLayers shared_by_id(const Config& config);

}  // namespace xtape::saving
