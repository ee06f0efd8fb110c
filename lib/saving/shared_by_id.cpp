#include "saving/shared_by_id.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/config_name.hpp>

namespace xtape::saving {
namespace {

using layers::LayerPlace;

// Layers that are described alike.
struct Alike {
  const Config* first;
  std::vector<LayerPlace> places;
  // The ids of those that have one.
  std::vector<const Config*> ids;

  // Of two without an id it would not be known which is meant.
  bool may_be_one() const {
    const bool are_equal = std::all_of(ids.begin(), ids.end(), [&](const Config* id) { return *id == *ids.front(); });
    return places.size() > 1 && !ids.empty() && are_equal && places.size() - ids.size() <= 1;
  }
};

// As many as there are, or `most`.
std::size_t values_in(const Config& config, std::size_t most) {
  std::size_t count = 1;
  if (config.is_list()) {
    for (const Config& each : config.list()) count += count < most ? values_in(each, most - count) : 0;
  } else if (config.is_dict()) {
    for (const Config::Entry& each : config.entries()) count += count < most ? values_in(each.value, most - count) : 0;
  }
  return count;
}

class Walk {
 public:
  void visit(const Config& layer) {
    if (!layer.is_dict()) return;
    place_.push_back(detail::name_in_config(layer));
    note(layer);
    const Config* const options = layer.find("config");
    if (options && options->is_dict()) {
      for (const char* inside : {"layers", "layer", "backward_layer", "cell", "cells"}) {
        const Config* const value = options->find(inside);
        if (value && value->is_list()) {
          for (const Config& each : value->list()) visit(each);
        } else if (value) {
          visit(*value);
        }
      }
    }
    place_.pop_back();
  }

  layers::SharedLayers found() const {
    layers::SharedLayers found;
    for (const auto& [name, kinds] : by_name_) {
      for (const Alike& each : kinds) {
        if (each.may_be_one()) found.push_back(each.places);
      }
    }
    return found;
  }

 private:
  void note(const Config& layer) {
    std::vector<Alike>& kinds = by_name_[place_.back()];
    auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const Alike& each) { return compare(each, layer); });
    if (kind == kinds.end()) {
      // Nobody calls more layers alike.
      if (kinds.size() >= 16 || left_ == 0) return;
      kind = kinds.insert(kind, {&layer, {}, {}});
    }
    // Two of one name in one model are no model.
    if (!seen_.insert(place_).second) return;
    kind->places.push_back(place_);
    if (const Config* const id = layer.find("shared_object_id")) kind->ids.push_back(id);
  }

  // Models in models are compared at each height: a file could have that done for hours.
  bool compare(const Alike& kind, const Config& layer) {
    if (left_ > 0) left_ -= values_in(layer, left_);
    return left_ > 0 && layers::describe_one(*kind.first, layer);
  }

  std::size_t left_ = std::size_t{1} << 20;
  LayerPlace place_;
  std::set<LayerPlace> seen_;
  std::map<std::string, std::vector<Alike>> by_name_;
};

}  // namespace

layers::SharedLayers shared_by_id(const Config& config) {
  Walk walk;
  walk.visit(config);
  return walk.found();
}

}  // namespace xtape::saving
