#include "saving/weights_legacy.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/models/model_impl.hpp>

#include "saving/legacy_order.hpp"
#include "saving/release.hpp"
#include "saving/state_groups.hpp"

namespace xtape::saving {
namespace {

using Names = std::vector<std::string>;

constexpr const char* top_level = "top_level_model_weights";
// The names of a layer's weights in the order that they have with nothing frozen.
constexpr const char* own_order = "xtape_order";

// Those that training changes first, in nested models too.
std::vector<layers::Variable> weights_of(const layers::Layer& layer) {
  std::vector<layers::Variable> all = layer.trainable_weights();
  for (const layers::Variable& variable : layer.non_trainable_weights()) all.push_back(variable);
  return all;
}

// The layers of a model, as Keras lists them: each once.
std::vector<layers::Layer> layers_of(const models::Model& model) {
  std::vector<layers::Layer> result;
  std::unordered_set<const layers::LayerImpl*> seen;
  const auto& parts = model.impl().parts();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (model.impl().place_of_part(i) && seen.insert(parts[i].get()).second) result.emplace_back(parts[i]);
  }
  return result;
}

Names paths_of(const std::vector<layers::Variable>& weights) {
  Names paths;
  for (const layers::Variable& variable : weights) paths.push_back(variable.path);
  return paths;
}

void write(io::ArrayGroup& group, const std::vector<layers::Variable>& weights) {
  for (const layers::Variable& variable : weights) group.add_array(variable.path, variable.value.detach());
  group.attributes.emplace_back("weight_names", paths_of(weights));
}

// With the order that its weights have with nothing frozen, where that is another one.
void write(io::ArrayGroup& group, const layers::Layer& layer) {
  const std::vector<layers::Variable> weights = weights_of(layer);
  write(group, weights);
  if (layer.impl().parts().empty()) return;
  Names unfrozen = paths_of(in_order_unfrozen(layer.impl()));
  if (unfrozen != paths_of(weights)) group.attributes.emplace_back(own_order, std::move(unfrozen));
}

// All arrays below the group by their paths: those of an optimizer are very many in one.
void collect(const io::ArrayGroup& group, const std::string& path,
             std::unordered_map<std::string, const Tensor*>& arrays) {
  for (const auto& [name, array] : group.arrays) arrays.emplace(joined(path, name), &array);
  for (const auto& [name, inside] : group.groups) collect(inside, joined(path, name), arrays);
}

// One for each variable, in their order.
void plan_in_order(const NamedWeights& weights, const std::vector<layers::Variable>& variables,
                   const std::optional<Shape>& older, WeightsPlan& plan) {
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (i < weights.size()) {
      plan.assign(variables[i].path + " (" + weights[i].first + " in the file)", variables[i].value, weights[i].second,
                  older);
    } else {
      plan.note_missing(variables[i].path, variables[i].value.shape());
    }
  }
  for (std::size_t i = variables.size(); i < weights.size(); ++i) {
    plan.note_extra(weights[i].first, weights[i].second.shape());
  }
}

void plan_layer(const StoredLayer& stored, const layers::Layer& layer, const LegacyReading& reading,
                WeightsPlan& plan) {
  const std::vector<layers::Variable> variables = weights_of(layer);
  const OrderedWeights ordered = in_order_of(variables, layer.impl(), stored);
  if (ordered.problem) return plan.note(*ordered.problem);
  const std::optional<Shape> older = reading.release.sorts_axes() ? std::nullopt : shape_before_3_16(layer.impl());
  plan_in_order(ordered.weights, variables, older, plan);
}

void note_all_missing(const layers::Layer& layer, WeightsPlan& plan) {
  for (const layers::Variable& variable : weights_of(layer)) plan.note_missing(variable.path, variable.value.shape());
}
void note_all_extra(const StoredLayer& stored, WeightsPlan& plan) {
  for (const auto& [name, value] : stored.weights) plan.note_extra(name, value.shape());
}

// What is ours is in the order that the weights have with nothing frozen, or says which that is.
StoredLayer stored_layer(const io::ArrayGroup& group, const std::string& name, const Release& release) {
  StoredLayer layer{name, listed_arrays(group, name), release.is_ours};
  const auto* order = release.is_ours ? group.find_attribute_of<Names>(own_order) : nullptr;
  if (!order) return layer;
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < order->size(); ++i) places.emplace((*order)[i], i);
  const bool are_all = places.size() == layer.weights.size() &&
                       std::all_of(layer.weights.begin(), layer.weights.end(),
                                   [&](const auto& weight) { return places.contains(weight.first); });
  if (!are_all) throw FormatError(name + ": " + own_order + " does not list what weight_names does");
  std::sort(layer.weights.begin(), layer.weights.end(),
            [&](const auto& a, const auto& b) { return places.at(a.first) < places.at(b.first); });
  return layer;
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
      plan_layer(stored[i], layers[i], reading, part);
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
      plan_layer(each, layer, reading, part);
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

NamedWeights listed_arrays(const io::ArrayGroup& group, const std::string& name) {
  NamedWeights result;
  // An empty list has no type, and may have been written as one of numbers.
  const auto* names = group.find_attribute_of<Names>("weight_names");
  if (!names) return result;
  std::unordered_map<std::string, const Tensor*> arrays;
  collect(group, "", arrays);
  for (const std::string& path : *names) {
    const auto array = arrays.find(path);
    if (array == arrays.end()) {
      throw FormatError(name + ": weight_names lists \"" + path + "\", which is not there");
    }
    result.emplace_back(path, *array->second);
  }
  return result;
}

io::ArrayGroup legacy_weights(const models::Model& model) {
  io::GroupTree tree;
  Names names;
  for (const layers::Layer& layer : layers_of(model)) {
    names.push_back(layer.name());
    write(tree.at(layer.name()), layer);
  }
  io::ArrayGroup root = tree.take();
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
  // There may be very many. A name with a '/' leads on into a group.
  std::unordered_map<std::string_view, const io::ArrayGroup*> groups;
  for (const io::NamedGroup& each : file.groups) groups.emplace(each.first, &each.second);
  std::vector<StoredLayer> stored;
  for (const std::string& name : *names) {
    const auto known = groups.find(name);
    const io::ArrayGroup* const group = known == groups.end() ? file.find_group(name) : known->second;
    if (!group) throw FormatError("layer_names lists \"" + name + "\", which is not there");
    StoredLayer layer = stored_layer(*group, name, reading.release);
    if (reading.by_name || !layer.weights.empty()) stored.push_back(std::move(layer));
  }
  std::vector<layers::Layer> layers = layers_of(model);
  if (reading.by_name) {
    plan_by_name(stored, layers, reading, plan);
  } else {
    std::erase_if(layers, [](const layers::Layer& layer) { return layer.weights().empty(); });
    plan_by_order(stored, layers, reading, plan);
  }
  NamedWeights own;
  if (const io::ArrayGroup* group = file.find_group(top_level)) own = listed_arrays(*group, top_level);
  WeightsPlan part;
  plan_in_order(own, model.impl().own_weights(), std::nullopt, part);
  plan.add(std::move(part), reading.skips, "the model's own weights");
}

}  // namespace xtape::saving
