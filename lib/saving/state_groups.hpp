#pragma once

#include <optional>
#include <string>
#include <vector>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/variable.hpp>

namespace xtape::saving {

// What a layer keeps at a place of a file.
struct StateGroup {
  // "layers/dense"; empty for the model itself.
  std::string path;
  // The layer's, or that of a part that is no layer of its own here.
  std::string name;
  const layers::LayerImpl* layer;
  // Those that training changes first. None of a layer without weights, whose group is empty.
  std::vector<layers::Variable> variables;
  // Whether the layer is at a place before this one too.
  bool is_again = false;
  // Whether the place is one by class and number, outside of a list.
  bool is_counted = false;
  // Whether these are weights of the layer that have a place of their own in it.
  bool is_inner = false;
};

// The list in which Keras has all layers of a model, and how a place in it begins.
constexpr const char* list_of_layers = "layers/";
// Whether that is a list of the layer: it is of models.
bool has_list_of_layers(const layers::LayerImpl& layer);

// What Keras calls the parts of a layer: "cell", or "cells/lstm_cell_1" in a list; nothing for those that files leave
// out.
std::vector<std::optional<std::string>> attributes_of_parts(const layers::LayerImpl& layer);

// Where files keep the parts of a layer, below its own place: by these, but for a model's that Keras finds in its list
// of all layers before, "layers/dense_1".
std::vector<std::optional<std::string>> places_of_parts(const layers::LayerImpl& layer);

// The groups of a model and of all layers in it as Keras has them: by attributes, and in lists by class and number. A
// layer that is in several places is in the first one.
std::vector<StateGroup> state_groups(const layers::LayerImpl& model);

// The same at all places of layers, as files have them: Keras, which does not keep in files that two places are one
// layer, reads two layers. @throws ValueError for more than 262,144 places, which layers in one another come to soon.
std::vector<StateGroup> state_groups_everywhere(const layers::LayerImpl& model);

// "a/b", or "b" at the root.
std::string joined(const std::string& path, const std::string& name);

}  // namespace xtape::saving
