#pragma once

#include <xtape/config.hpp>

namespace xtape::layers {

// A layer's configuration for a layer that goes on with the one tensor that it returns: where a functional model lists
// its one output, or gives it by name, Keras from 3.11 on returns a list or a dict, which Sequential and TimeDistributed
// take for another tensor, or refuse. Keras before 3.4 reads the list alone, so that others keep it.
Config with_lone_output(Config layer);

}  // namespace xtape::layers
