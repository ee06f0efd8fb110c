#pragma once

#include <xtape/config.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/random.hpp>

// Where the random numbers of a training stand: the global stream, and those of layers with a seed.
namespace xtape::saving {

Config random_state_of(const layers::LayerImpl& model);
// @throws ValueError, before anything changes, for what random_state_of does not give of such a model.
void set_random_state_of(layers::LayerImpl& model, const Config& state);

// The global stream alone, and back. @throws ValueError for what is none.
Config config_of(const RandomState& state);
RandomState random_state_in(const Config& config);

}  // namespace xtape::saving
