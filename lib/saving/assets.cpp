#include "saving/assets.hpp"

#include <unordered_set>
#include <utility>
#include <vector>
#include <xtape/error.hpp>

#include "saving/state_groups.hpp"

namespace xtape::saving {
namespace {

struct Keeper {
  std::string path;
  layers::KeepsAssets* layer;
};

std::vector<Keeper> keepers_in(const layers::LayerImpl& model) {
  std::vector<Keeper> keepers;
  std::unordered_set<const layers::LayerImpl*> seen;
  for (const StateGroup& group : state_groups(model)) {
    if (!seen.insert(group.layer).second) continue;  // weights of the layer that have a place of their own
    auto* const keeper = dynamic_cast<layers::KeepsAssets*>(const_cast<layers::LayerImpl*>(group.layer));
    if (keeper) keepers.push_back({group.path, keeper});
  }
  return keepers;
}

// The innermost layer in whose folder a file is, and the file's name there.
std::pair<const Keeper*, std::string> owner_of(const std::string& file, const std::vector<Keeper>& keepers) {
  const Keeper* innermost = nullptr;
  for (const Keeper& keeper : keepers) {
    const bool is_inside = keeper.path.empty() || file.starts_with(keeper.path + '/');
    if (is_inside && (!innermost || keeper.path.size() > innermost->path.size())) innermost = &keeper;
  }
  if (!innermost) return {nullptr, file};
  return {innermost, file.substr(innermost->path.empty() ? 0 : innermost->path.size() + 1)};
}

}  // namespace

layers::Assets assets_of(const layers::LayerImpl& model) {
  layers::Assets files;
  for (const Keeper& keeper : keepers_in(model)) {
    for (auto& [name, bytes] : keeper.layer->save_assets()) {
      if (name.empty() || name.ends_with('/')) {
        throw ValueError("save: a file of the layer at \"" + keeper.path + "\" has no name");
      }
      files.emplace(joined(keeper.path, name), bytes);
    }
  }
  return files;
}

void note_extra_assets(const layers::Assets& files, const layers::LayerImpl& model, WeightsPlan& plan) {
  const std::vector<Keeper> keepers = keepers_in(model);
  for (const auto& [file, bytes] : files) {
    if (!owner_of(file, keepers).first)
      plan.note("extra: assets/" + file + ", of " + std::to_string(bytes.size()) + " bytes");
  }
}

void load_assets(const layers::Assets& files, layers::LayerImpl& model) {
  const std::vector<Keeper> keepers = keepers_in(model);
  std::map<const Keeper*, layers::Assets> found;
  for (const auto& [file, bytes] : files) {
    const auto [keeper, name] = owner_of(file, keepers);
    if (keeper) found[keeper].emplace(name, bytes);
  }
  for (const Keeper& keeper : keepers) keeper.layer->load_assets(found[&keeper]);
}

}  // namespace xtape::saving
