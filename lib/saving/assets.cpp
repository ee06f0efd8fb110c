#include "saving/assets.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <new>
#include <utility>
#include <vector>
#include <xtape/error.hpp>

#include "io/utf8.hpp"
#include "saving/keepers.hpp"

namespace xtape::saving {
namespace {

using Keeper = KeeperOf<layers::KeepsAssets>;

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

// @throws ValueError for one that an archive does not hold as it is, or that leads out of the layer's folder where it
// is unpacked.
void check_name(const std::string& name, const std::string& layer) {
  const std::string what = "save: a file of the layer at \"" + layer + '"';
  if (name.empty() || name.ends_with('/')) throw ValueError(what + " has no name");
  io::check_utf8(what, name);
  if (name.find('\0') != name.npos) throw ValueError(what + " has a zero byte in its name");
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") {
      throw ValueError(what + " is called \"" + name + "\", which is no path below its folder");
    }
    begin = end + 1;
  }
}

std::string names_of(const layers::Assets& files) {
  std::string names;
  for (const auto& [name, bytes] : files) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "of which there are none" : names;
}

}  // namespace

layers::Assets assets_of(const layers::LayerImpl& model) {
  layers::Assets files;
  uint64_t left = max_assets_bytes;
  // Keras reads those of each place.
  for (const Keeper& keeper : keepers_everywhere<layers::KeepsAssets>(model)) {
    for (auto& [name, bytes] : keeper.layer->save_assets()) {
      check_name(name, keeper.path);
      if (bytes.size() > left) {
        throw ValueError("save: the files of layers are more than the " + std::to_string(max_assets_bytes) +
                         " bytes that are read again, with " + name + " of the layer at \"" + keeper.path + '"');
      }
      left -= bytes.size();
      files.emplace(joined(keeper.path, name), bytes);
    }
  }
  return files;
}

void note_extra_assets(const layers::Assets& files, const layers::LayerImpl& model, WeightsPlan& plan) {
  const std::vector<Keeper> keepers = keepers_everywhere<layers::KeepsAssets>(model);
  for (const auto& [file, bytes] : files) {
    if (!owner_of(file, keepers).first)
      plan.note("extra: assets/" + file + ", of " + std::to_string(bytes.size()) + " bytes");
  }
}

void load_assets(const layers::Assets& files, layers::LayerImpl& model) {
  const std::vector<Keeper> keepers = keepers_everywhere<layers::KeepsAssets>(model);
  std::map<const Keeper*, layers::Assets> found;
  for (const auto& [file, bytes] : files) {
    const auto [keeper, name] = owner_of(file, keepers);
    if (keeper) found[keeper].emplace(name, bytes);
  }
  // Of a layer at several places, the first ones that are there.
  std::map<layers::KeepsAssets*, const Keeper*> places;
  for (const Keeper& keeper : keepers) {
    const Keeper*& place = places.try_emplace(keeper.layer, &keeper).first->second;
    if (found[place].empty()) place = &keeper;
  }
  for (const Keeper& keeper : keepers) {
    if (places.at(keeper.layer) != &keeper) continue;
    // What a layer throws may be std::map's own error.
    try {
      keeper.layer->load_assets(found[&keeper]);
    } catch (const Error&) {
      throw;
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      throw ValueError("the layer at \"" + keeper.path + "\" does not take its files, " + names_of(found[&keeper]) +
                       ": " + error.what());
    }
  }
}

}  // namespace xtape::saving
