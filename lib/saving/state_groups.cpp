#include "saving/state_groups.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>

namespace xtape::saving {
namespace {

using layers::LayerImpl;

constexpr std::size_t most_groups = 1 << 18;

bool is_list(const std::string& place) { return place.empty() || place.back() == '/'; }

std::string class_in_files(const LayerImpl& layer) { return detail::to_snake_case(layer.class_name_in_files()); }

std::string numbered(const std::string& name, int number) {
  return number == 0 ? name : name + '_' + std::to_string(number);
}

// Keras goes through what a model has in the order of names, those with '_' in front last, and stores a layer where it
// meets it first: what is behind "layers", the list of all, is in that.
bool is_behind_layers(const std::string& place) {
  return place[0] == '_' || place == "layers" || place > list_of_layers;
}

// Whether a place that goes by the part's name is one by class and number, outside of a list.
bool goes_by_number(const LayerImpl& layer, std::size_t part, const std::string& place) {
  if (place.find('/') != std::string::npos) return false;
  return layer.place_of_part(part) == "" || (layer.has_place_by_name(part) && place != layer.parts()[part]->name());
}

class Walk {
 public:
  explicit Walk(bool goes_everywhere) : goes_everywhere_(goes_everywhere) {}

  std::vector<StateGroup> groups;

  void visit(const LayerImpl& layer, const std::string& path, bool is_counted = false) {
    const bool is_again = !seen_.insert(&layer).second;
    if (is_again && !goes_everywhere_) return;
    if (is_again && groups.size() > most_groups) {
      throw ValueError("the layers of the model are at more than " + std::to_string(most_groups) +
                       " places of others, as the layer \"" + layer.name() + '"');
    }
    const std::size_t own = groups.size();
    groups.push_back({path, layer.name(), &layer, {}, is_again, is_counted});
    // Weights that Keras has in layers of their own.
    std::map<std::string, std::size_t> inner;
    for (const layers::Variable& variable : layer.own_weights()) {
      const std::string place = layer.place_of_weight(variable);
      std::size_t group = own;
      if (!place.empty()) {
        const auto [known, is_new] = inner.try_emplace(place, groups.size());
        if (is_new) {
          const std::string name = variable.name.substr(0, variable.name.find('/'));
          groups.push_back({joined(path, place), name, &layer, {}, is_again, false, true});
        }
        group = known->second;
      }
      groups[group].variables.push_back(variable);
    }
    const std::vector<std::optional<std::string>> places = places_of_parts(layer);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i]) visit(*layer.parts()[i], joined(path, *places[i]), goes_by_number(layer, i, *places[i]));
    }
  }

 private:
  const bool goes_everywhere_;
  std::unordered_set<const LayerImpl*> seen_;
};

}  // namespace

bool has_list_of_layers(const LayerImpl& layer) { return dynamic_cast<const models::ModelImpl*>(&layer); }

std::vector<std::optional<std::string>> attributes_of_parts(const LayerImpl& layer) {
  std::vector<std::optional<std::string>> places;
  std::unordered_set<std::string> taken;
  for (std::size_t i = 0; i < layer.parts().size(); ++i) {
    places.push_back(layer.place_of_part(i));
    if (places[i] && !is_list(*places[i])) taken.insert(*places[i]);
  }
  // How often a class was met in a list, which may be empty for the layer itself.
  std::unordered_map<std::string, int> counts;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i] || !is_list(*places[i])) continue;
    const std::string name = *places[i] + class_in_files(*layer.parts()[i]);
    do {
      places[i] = numbered(name, counts[name]++);
    } while (taken.contains(*places[i]));
  }
  return places;
}

std::vector<std::optional<std::string>> places_of_parts(const LayerImpl& layer) {
  std::vector<std::optional<std::string>> places = attributes_of_parts(layer);
  if (!has_list_of_layers(layer)) return places;
  // In that list each layer is once.
  std::unordered_map<const LayerImpl*, int> numbers;
  std::unordered_map<std::string, int> counts;
  for (std::size_t i = 0; i < places.size(); ++i) {
    // Sequential and functional models have all in it.
    if (!places[i] || layer.place_of_part(i) != layer.LayerImpl::place_of_part(i)) continue;
    const LayerImpl* const part = layer.parts()[i].get();
    const auto [known, is_new] = numbers.try_emplace(part);
    if (is_new) known->second = counts[class_in_files(*part)]++;
    if (is_behind_layers(*places[i])) places[i] = numbered(list_of_layers + class_in_files(*part), known->second);
  }
  return places;
}

std::vector<StateGroup> state_groups(const LayerImpl& model) {
  Walk walk(false);
  walk.visit(model, "");
  return std::move(walk.groups);
}

std::vector<StateGroup> state_groups_everywhere(const LayerImpl& model) {
  Walk walk(true);
  walk.visit(model, "");
  return std::move(walk.groups);
}

std::string joined(const std::string& path, const std::string& name) { return path.empty() ? name : path + '/' + name; }

}  // namespace xtape::saving
