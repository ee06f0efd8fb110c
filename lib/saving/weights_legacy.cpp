#include "saving/weights_legacy.hpp"

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

#include "saving/counted_names.hpp"
#include "saving/release.hpp"
#include "saving/state_groups.hpp"

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

using NamedWeights = std::vector<std::pair<std::string, Tensor>>;

struct StoredLayer {
  std::string name;
  NamedWeights weights;
};

void write(io::ArrayGroup& group, const std::vector<layers::Variable>& weights) {
  Names names;
  for (const layers::Variable& variable : weights) {
    names.push_back(variable.path);
    group.add_array(variable.path, variable.value.detach());
  }
  group.attributes.emplace_back("weight_names", std::move(names));
}

// What stands behind the layer's name in the path of one of its weights: layers around it are called otherwise in
// another program.
std::string_view path_below(std::string_view path, const std::string& layer) {
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t slash = path.find('/', begin);
    if (slash == path.npos) break;
    if (path.substr(begin, slash - begin) == layer) return path.substr(slash + 1);
    begin = slash + 1;
  }
  return path;
}

// The stored weights in the order of the variables, if both have the same names, each once.
std::optional<NamedWeights> in_order_of_names(const Names& variables, const Names& names, const NamedWeights& stored) {
  std::unordered_map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < names.size(); ++i) by_name.emplace(names[i], i);
  if (by_name.size() != names.size() || variables.size() != names.size()) return std::nullopt;
  NamedWeights result;
  for (const std::string& variable : variables) {
    const auto found = by_name.find(variable);
    if (found == by_name.end()) return std::nullopt;
    result.push_back(stored[found->second]);
    by_name.erase(found);
  }
  return result;
}

// The stored weights in the order of the variables, if both have the same names, or those of layers without names,
// counted from the first one, are the same; else in their own. Those of a nested model come with those first that
// training changes, so that what is frozen in it decides their order.
NamedWeights in_order_of(const std::vector<layers::Variable>& variables, const layers::LayerImpl& layer,
                         const StoredLayer& stored) {
  Names names, names_in_file;
  for (const layers::Variable& variable : variables) names.emplace_back(path_below(variable.path, layer.name()));
  for (const auto& [path, value] : stored.weights) names_in_file.emplace_back(path_below(path, stored.name));
  if (auto ordered = in_order_of_names(names, names_in_file, stored.weights)) return *ordered;
  if (layer.parts().empty()) return stored.weights;
  const CountedNames counted(layer, CountedNames::Alike::counted);
  const auto ordered = in_order_of_names(counted.recounted(names), counted.recounted(names_in_file), stored.weights);
  return ordered.value_or(stored.weights);
}

// All arrays below the group by their paths: those of an optimizer are very many in one.
void collect(const io::ArrayGroup& group, const std::string& path,
             std::unordered_map<std::string, const Tensor*>& arrays) {
  for (const auto& [name, array] : group.arrays) arrays.emplace(joined(path, name), &array);
  for (const auto& [name, inside] : group.groups) collect(inside, joined(path, name), arrays);
}

void plan_layer(const StoredLayer& stored, const layers::LayerImpl& layer, std::vector<layers::Variable> variables,
                const LegacyReading& reading, WeightsPlan& plan) {
  const NamedWeights weights = in_order_of(variables, layer, stored);
  const std::optional<Shape> older = reading.release.sorts_axes() ? std::nullopt : shape_before_3_16(layer);
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
      plan_layer(stored[i], layers[i].impl(), weights_of(layers[i]), reading, part);
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
      plan_layer(each, layer.impl(), weights_of(layer), reading, part);
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
    write(tree.at(layer.name()), weights_of(layer));
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
  plan_layer(own, model.impl(), model.impl().own_weights(), reading, part);
  plan.add(std::move(part), reading.skips, "the model's own weights");
}

}  // namespace xtape::saving
