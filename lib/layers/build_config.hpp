#pragma once

#include <optional>
#include <xtape/config.hpp>
#include <xtape/layers/layer.hpp>

// What a layer was built for, as Keras writes it beside its configuration.
namespace xtape::layers {

// `{"input_shape": [null, 4]}`, a list of shapes for layers that take a list, or `{"shapes_dict": {"query_shape":
// ...}}`; nothing for a layer that is not built, and where Keras writes none or it is not known.
std::optional<Config> build_config_of(const LayerImpl& layer);

// Builds a layer that is not built for what the `build_config` in its configuration says, if there is one.
void build_from_config(LayerImpl& layer, const Config& config);

// As deserialize, but for `build_config`: what is made goes into a layer that builds it.
Layer deserialize_unbuilt(const Config& config);

}  // namespace xtape::layers
