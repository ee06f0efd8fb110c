#pragma once

#include <string>
#include <vector>
#include <xtape/layers/layer_impl.hpp>

#include "saving/state_groups.hpp"

namespace xtape::saving {

// A layer with something of its own to keep beside weights, as `Interface` says, and its place in a file.
template <class Interface>
struct KeeperOf {
  std::string path;
  Interface* layer;
};

// Those among layers at places.
template <class Interface>
std::vector<KeeperOf<Interface>> keepers_among(const std::vector<StateGroup>& groups) {
  std::vector<KeeperOf<Interface>> keepers;
  for (const StateGroup& group : groups) {
    if (group.is_inner) continue;
    auto* const keeper = dynamic_cast<Interface*>(const_cast<layers::LayerImpl*>(group.layer));
    if (keeper) keepers.push_back({group.path, keeper});
  }
  return keepers;
}

// All such layers of a model, each once.
template <class Interface>
std::vector<KeeperOf<Interface>> keepers_in(const layers::LayerImpl& model) {
  return keepers_among<Interface>(state_groups(model));
}

// The same at all places of each.
template <class Interface>
std::vector<KeeperOf<Interface>> keepers_everywhere(const layers::LayerImpl& model) {
  return keepers_among<Interface>(state_groups_everywhere(model));
}

}  // namespace xtape::saving
