#include "saving/own_state.hpp"

#include <cstddef>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/json.hpp>
#include <xtape/models/model_impl.hpp>

#include "saving/part_places.hpp"
#include "saving/random_state.hpp"
#include "saving/state_groups.hpp"

namespace xtape::saving {
namespace {

constexpr const char* shared_layers = "shared_layers";
constexpr const char* part_places = "part_places";
// As many as weights are written at.
constexpr std::size_t most_places = 1 << 18, max_place_length = 200;

// [["outer", "inner", "dense"], ["outer", "dense"]] of each.
Config config_of(const layers::SharedLayers& shared) {
  Config::List all;
  for (const std::vector<layers::LayerPlace>& places : shared) {
    Config::List list;
    for (const layers::LayerPlace& place : places) list.push_back(Config::List(place.begin(), place.end()));
    all.push_back(std::move(list));
  }
  return all;
}

const Config::List& list_in(const Config& config) {
  if (config.is_list()) return config.list();
  throw FormatError(std::string(shared_layers) + ": expected lists of places, which are lists of names, given " +
                    config.str().substr(0, 200));
}

}  // namespace

std::string own_state_of(const models::Model& model, const layers::SharedLayers& shared) {
  Config::List without_masks;
  for (const StateGroup& group : state_groups(model.impl())) {
    if (!group.layer->passes_masks()) without_masks.push_back(group.path);
  }
  Config state = Config::dict();
  state.set("random_state", random_state_of(model.impl()));
  state.set("without_masks", std::move(without_masks));
  if (!shared.empty()) state.set(shared_layers, config_of(shared));
  if (Config places = part_places_of(model.impl()); !places.list().empty()) state.set(part_places, std::move(places));
  return to_json(state);
}

layers::SharedLayers shared_in_own_state(const Config& state) {
  layers::SharedLayers shared;
  const Config* const given = state.is_dict() ? state.find(shared_layers) : nullptr;
  if (!given) return shared;
  std::size_t count = 0;
  for (const Config& places : list_in(*given)) {
    shared.emplace_back();
    for (const Config& place : list_in(places)) {
      if (++count > most_places) {
        throw FormatError(std::string(shared_layers) + ": expected at most " + std::to_string(most_places) +
                          " places, given more");
      }
      shared.back().emplace_back();
      if (list_in(place).size() > max_place_length) {
        throw FormatError(std::string(shared_layers) + ": expected layers in at most " +
                          std::to_string(max_place_length) + " others, given more");
      }
      for (const Config& name : list_in(place)) {
        if (!name.is_text()) list_in(name);
        shared.back().back().push_back(name.text());
      }
    }
  }
  return shared;
}

void follow_own_state(const Config& state, layers::LayerImpl& model) {
  if (const Config* const places = state.find(part_places)) follow_part_places(*places, model);
  std::unordered_set<std::string> without_masks;
  for (const Config& path : state.at("without_masks").list()) without_masks.insert(path.text());
  for (const StateGroup& group : state_groups(model)) {
    if (without_masks.contains(group.path)) const_cast<layers::LayerImpl*>(group.layer)->set_passes_masks(false);
  }
}

}  // namespace xtape::saving
