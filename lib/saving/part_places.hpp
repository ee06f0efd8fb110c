#pragma once

#include <xtape/config.hpp>
#include <xtape/layers/layer_impl.hpp>

#include "io/array_group.hpp"

// Where files keep layers in layers of classes of one's own. One that is read has a name that may be an automatic one,
// or a given one that looks so: whether it is kept by that, or by class and number, its name does not tell.
namespace xtape::saving {

// The places of those of which names do not tell them: [["block", "dense_1"], "dense"] of each.
Config part_places_of(const layers::LayerImpl& model);
// Has the layers that were read keep these places. @throws FormatError for what part_places_of does not give.
void follow_part_places(const Config& places, layers::LayerImpl& model);

// The same by a file of weights alone, or one of Keras: `names_are_of_file`, as those of a model that is read with its
// weights, says that the name beside weights is that of the layer.
void settle_part_places(const io::ArrayGroup& file, layers::LayerImpl& model, bool names_are_of_file);

// The attribute of a group that has its place by class and number.
constexpr const char* counted_attribute = "xtape_counted";

}  // namespace xtape::saving
