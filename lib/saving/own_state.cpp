#include "saving/own_state.hpp"

#include <unordered_set>
#include <xtape/json.hpp>
#include <xtape/models/model_impl.hpp>

#include "saving/random_state.hpp"
#include "saving/state_groups.hpp"

namespace xtape::saving {

std::string own_state_of(const models::Model& model) {
  Config::List without_masks;
  for (const StateGroup& group : state_groups(model.impl())) {
    if (!group.layer->passes_masks()) without_masks.push_back(group.path);
  }
  Config state = Config::dict();
  state.set("random_state", random_state_of(model.impl()));
  state.set("without_masks", std::move(without_masks));
  return to_json(state);
}

void follow_own_state(const Config& state, layers::LayerImpl& model) {
  std::unordered_set<std::string> without_masks;
  for (const Config& path : state.at("without_masks").list()) without_masks.insert(path.text());
  for (const StateGroup& group : state_groups(model)) {
    if (without_masks.contains(group.path)) const_cast<layers::LayerImpl*>(group.layer)->set_passes_masks(false);
  }
}

}  // namespace xtape::saving
