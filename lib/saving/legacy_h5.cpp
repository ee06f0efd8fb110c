#include "saving/legacy_h5.hpp"

#include <iostream>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/models/model_impl.hpp>

#include "saving/release.hpp"

namespace xtape::saving {
namespace {

using Names = std::vector<std::string>;

constexpr const char* top_level = "top_level_model_weights";

// Those that training changes first, in nested models too.
std::vector<layers::Variable> weights_of(const layers::Layer& layer) {
  std::vector<layers::Variable> all = layer.trainable_weights();
  for (const layers::Variable& variable : layer.non_trainable_weights()) all.push_back(variable);
  return all;
}

// The layers of a model, as Keras lists them.
std::vector<layers::Layer> layers_of(const models::Model& model) {
  std::vector<layers::Layer> result;
  const auto& parts = model.impl().parts();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (model.impl().place_of_part(i)) result.emplace_back(parts[i]);
  }
  return result;
}

struct StoredLayer {
  std::string name;
  std::vector<std::pair<std::string, Tensor>> weights;
};

void write(io::ArrayGroup& group, const std::vector<layers::Variable>& weights) {
  Names names;
  for (const layers::Variable& variable : weights) {
    names.push_back(variable.path);
    group.add_array(variable.path, variable.value.detach());
  }
  group.attributes.emplace_back("weight_names", std::move(names));
}

void plan_layer(const StoredLayer& stored, const std::vector<layers::Variable>& variables, const std::string& layer,
                bool reshapes, WeightsPlan& plan) {
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (i < stored.weights.size()) {
      plan.assign(variables[i].path + " (" + stored.weights[i].first + " in the file)", variables[i].value,
                  stored.weights[i].second, reshapes && layer == "LayerNormalization");
    } else {
      plan.note_missing(variables[i].path, variables[i].value.shape());
    }
  }
  for (std::size_t i = variables.size(); i < stored.weights.size(); ++i) {
    plan.note_extra(stored.weights[i].first, stored.weights[i].second.shape());
  }
}

void note_all_missing(const layers::Layer& layer, WeightsPlan& plan) {
  for (const layers::Variable& variable : weights_of(layer)) plan.note_missing(variable.path, variable.value.shape());
}
void note_all_extra(const StoredLayer& stored, WeightsPlan& plan) {
  for (const auto& [name, value] : stored.weights) plan.note_extra(name, value.shape());
}

std::string text_of(const layers::Layer& layer) { return "the layer \"" + layer.name() + '"'; }

void plan_by_order(const std::vector<StoredLayer>& stored, const std::vector<layers::Layer>& layers,
                   const LegacyReading& reading, WeightsPlan& plan) {
  for (std::size_t i = 0; i < layers.size() || i < stored.size(); ++i) {
    WeightsPlan part;
    if (i >= stored.size()) {
      note_all_missing(layers[i], part);
    } else if (i >= layers.size()) {
      note_all_extra(stored[i], part);
    } else {
      plan_layer(stored[i], weights_of(layers[i]), layers[i].class_name(), reading.reshapes, part);
    }
    plan.add(std::move(part), reading.skips, i < layers.size() ? text_of(layers[i]) : stored[i].name);
  }
}

// Layers that only one of them has are let be; where they have none in common, that is said.
void plan_by_name(const std::vector<StoredLayer>& stored, const std::vector<layers::Layer>& layers,
                  const LegacyReading& reading, WeightsPlan& plan) {
  bool any = false;
  for (const StoredLayer& each : stored) {
    for (const layers::Layer& layer : layers) {
      if (layer.name() != each.name) continue;
      any = any || !each.weights.empty();
      WeightsPlan part;
      plan_layer(each, weights_of(layer), layer.class_name(), reading.reshapes, part);
      plan.add(std::move(part), reading.skips, text_of(layer));
    }
  }
  if (any) return;
  const auto names_of = [](const auto& all, const auto& name) {
    std::string names;
    for (const auto& each : all) {
      if (const std::string text = name(each); !text.empty()) names += (names.empty() ? "" : ", ") + text;
    }
    return names.empty() ? "none" : names;
  };
  std::cerr
      << "load_weights: by_name: nothing is loaded: no layer with weights is called as one of the file; the model "
         "has "
      << names_of(layers, [](const layers::Layer& layer) { return layer.weights().empty() ? "" : layer.name(); })
      << ", the file "
      << names_of(stored, [](const StoredLayer& each) { return each.weights.empty() ? "" : each.name; }) << std::endl;
}

}  // namespace

std::vector<std::pair<std::string, Tensor>> listed_arrays(const io::ArrayGroup& group, const std::string& name) {
  std::vector<std::pair<std::string, Tensor>> result;
  // An empty list has no type, and may have been written as one of numbers.
  const auto* names = group.find_attribute_of<Names>("weight_names");
  if (!names) return result;
  for (const std::string& path : *names) {
    const Tensor* const array = group.find_array(path);
    if (!array) throw FormatError(name + ": weight_names lists \"" + path + "\", which is not there");
    result.emplace_back(path, *array);
  }
  return result;
}

io::ArrayGroup legacy_weights(const models::Model& model) {
  io::ArrayGroup root;
  Names names;
  for (const layers::Layer& layer : layers_of(model)) {
    names.push_back(layer.name());
    write(root.group_at(layer.name()), weights_of(layer));
  }
  write(root.group_at(top_level), model.impl().own_weights());
  root.attributes.emplace_back("layer_names", std::move(names));
  root.attributes.emplace_back("backend", "xtape");
  root.attributes.emplace_back("keras_version", written_release);
  return root;
}

void plan_legacy_weights(const io::ArrayGroup& file, const models::Model& model, const LegacyReading& reading,
                         WeightsPlan& plan) {
  const auto* names = file.find_attribute_of<Names>("layer_names");
  if (!names) throw FormatError("the file has no layer_names: it holds no weights of Keras's older format");
  std::vector<StoredLayer> stored;
  for (const std::string& name : *names) {
    const io::ArrayGroup* const group = file.find_group(name);
    if (!group) throw FormatError("layer_names lists \"" + name + "\", which is not there");
    StoredLayer layer{name, listed_arrays(*group, name)};
    if (reading.by_name || !layer.weights.empty()) stored.push_back(std::move(layer));
  }
  std::vector<layers::Layer> layers = layers_of(model);
  if (reading.by_name) {
    plan_by_name(stored, layers, reading, plan);
  } else {
    std::erase_if(layers, [](const layers::Layer& layer) { return layer.weights().empty(); });
    plan_by_order(stored, layers, reading, plan);
  }
  StoredLayer own{top_level, {}};
  if (const io::ArrayGroup* group = file.find_group(top_level)) own.weights = listed_arrays(*group, top_level);
  WeightsPlan part;
  plan_layer(own, model.impl().own_weights(), "", false, part);
  plan.add(std::move(part), reading.skips, "the model's own weights");
}

}  // namespace xtape::saving
