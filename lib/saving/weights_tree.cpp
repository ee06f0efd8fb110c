#include "saving/weights_tree.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "saving/part_places.hpp"
#include "saving/state_groups.hpp"
#include "saving/stored_places.hpp"

namespace xtape::saving {
namespace {

constexpr std::string_view vars = "vars";
bool is_list_of_layers(std::string_view name) {
  return name == "layers" || name == "cells" || name == old_list_of_layers;
}

std::string place_of(const StateGroup& group, std::size_t index) {
  return joined(group.path, "vars/" + std::to_string(index));
}

// The groups of a file, each with the layer that takes it.
using Known = std::unordered_map<const io::ArrayGroup*, const layers::LayerImpl*>;

// Notes the arrays of layers that the model does not have.
class Extras {
 public:
  Extras(const Known& known, WeightsPlan& plan) : known_(known), plan_(plan) {}

  void visit(const io::ArrayGroup& group, const std::string& path) {
    for (const auto& [name, child] : group.groups) {
      const std::string place = joined(path, name);
      if (!known_.contains(&child) && (is_list_of_layers(name) || holds_known(child))) {
        for (const auto& [layer, inside] : child.groups) {
          if (known_.contains(&inside)) {
            visit(inside, joined(place, layer));
          } else {
            note_all(inside, joined(place, layer));
          }
        }
      } else if (known_.contains(&child)) {
        visit(child, place);
      }
    }
  }

 private:
  // A list that somebody else gave its name.
  bool holds_known(const io::ArrayGroup& group) const {
    return std::any_of(group.groups.begin(), group.groups.end(),
                       [&](const io::NamedGroup& inside) { return known_.contains(&inside.second); });
  }

  void note_all(const io::ArrayGroup& group, const std::string& path) {
    for (const auto& [name, array] : group.arrays) plan_.note_extra(joined(path, name), array.shape());
    for (const auto& [name, child] : group.groups) note_all(child, joined(path, name));
  }

  const Known& known_;
  WeightsPlan& plan_;
};

void plan_group(const io::ArrayGroup* stored, const StateGroup& group, const Release& release, WeightsPlan& plan) {
  const io::ArrayGroup* const values = stored ? stored->find_group(vars) : nullptr;
  // There may be very many.
  std::unordered_map<std::string_view, const Tensor*> by_name;
  if (values) {
    for (const auto& [name, array] : values->arrays) by_name.emplace(name, &array);
  }
  const auto value_at = [&](std::size_t index) {
    const auto found = by_name.find(std::to_string(index));
    return found == by_name.end() ? nullptr : found->second;
  };
  const std::optional<Shape> older = release.sorts_axes() ? std::nullopt : shape_before_3_16(*group.layer);
  for (std::size_t i = 0; i < group.variables.size(); ++i) {
    const layers::Variable& variable = group.variables[i];
    const std::string place = place_of(group, i) + " (" + variable.name + ')';
    const Tensor* const value = value_at(i);
    if (value) {
      plan.assign(place, variable.value, *value, older);
    } else {
      plan.note_missing(place, variable.value.shape());
    }
  }
  if (!values) return;
  for (std::size_t i = group.variables.size(); i < values->arrays.size(); ++i) {
    const Tensor* const value = value_at(i);
    if (value) plan.note_extra(place_of(group, i), value->shape());
  }
}

bool has_values(const io::ArrayGroup* stored) {
  const io::ArrayGroup* const values = stored ? stored->find_group(vars) : nullptr;
  return values && !values->arrays.empty();
}

}  // namespace

io::ArrayGroup weights_tree(const layers::LayerImpl& model) {
  io::GroupTree tree;
  for (const StateGroup& group : state_groups_everywhere(model)) {
    io::ArrayGroup& values = tree.at(joined(group.path, std::string(vars)));
    values.attributes.emplace_back("name", group.name);
    if (group.is_counted) values.attributes.emplace_back(counted_attribute, int64_t{1});
    for (std::size_t i = 0; i < group.variables.size(); ++i) {
      values.arrays.emplace_back(std::to_string(i), group.variables[i].value.detach());
    }
  }
  return tree.take();
}

void plan_weights_tree(const io::ArrayGroup& file, const layers::LayerImpl& model, const Release& release, bool skips,
                       WeightsPlan& plan) {
  Known known;
  StoredPlaces places(file);
  const auto plan_at = [&](const StateGroup& group, const io::ArrayGroup* stored) {
    WeightsPlan part;
    plan_group(stored, group, release, part);
    plan.add(std::move(part), skips, "the layer \"" + group.name + '"');
  };
  // A layer at several places is stored at all of them, or, by Keras, at that which it looks at first.
  std::vector<StateGroup> missing;
  std::unordered_set<const void*> found;
  for (StateGroup& group : state_groups_everywhere(model)) {
    const io::ArrayGroup* stored = places.find(group.path);
    // "_own" is found where "own" is, which may be there itself.
    if (stored && known.try_emplace(stored, group.layer).first->second != group.layer) stored = nullptr;
    if (has_values(stored) || group.variables.empty()) {
      plan_at(group, stored);
      if (!group.variables.empty()) found.insert(group.variables.front().value.handle());
    } else if (!group.is_again) {
      missing.push_back(std::move(group));
    }
  }
  for (const StateGroup& group : missing) {
    if (!found.contains(group.variables.front().value.handle())) plan_at(group, nullptr);
  }
  WeightsPlan extra;
  Extras(known, extra).visit(file, "");
  plan.add(std::move(extra), skips, "what the model does not have");
}

bool has_values_again(const io::ArrayGroup& file, const layers::LayerImpl& model) {
  StoredPlaces places(file);
  const std::vector<StateGroup> groups = state_groups_everywhere(model);
  return std::any_of(groups.begin(), groups.end(),
                     [&](const StateGroup& group) { return group.is_again && has_values(places.find(group.path)); });
}

}  // namespace xtape::saving
