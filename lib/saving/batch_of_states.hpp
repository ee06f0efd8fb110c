#pragma once

#include <xtape/models/model.hpp>

namespace xtape::saving {

// A model's configuration with the number of samples, wherever it says what was built for any, that its stateful layers
// keep states of, or that its inputs say: Keras builds such layers for no unknown number.
Config with_batch_of_states(const Config& config, const models::Model& model);

}  // namespace xtape::saving
