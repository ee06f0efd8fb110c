#pragma once

#include <string>
#include <unordered_set>
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

// All such layers of a model, each once.
template <class Interface>
std::vector<KeeperOf<Interface>> keepers_in(const layers::LayerImpl& model) {
  std::vector<KeeperOf<Interface>> keepers;
  std::unordered_set<const layers::LayerImpl*> seen;
  for (const StateGroup& group : state_groups(model)) {
    if (!seen.insert(group.layer).second) continue;  // weights of the layer that have a place of their own
    auto* const keeper = dynamic_cast<Interface*>(const_cast<layers::LayerImpl*>(group.layer));
    if (keeper) keepers.push_back({group.path, keeper});
  }
  return keepers;
}

}  // namespace xtape::saving
