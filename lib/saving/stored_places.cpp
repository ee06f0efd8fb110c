#include "saving/stored_places.hpp"

#include <string>

namespace xtape::saving {

const io::ArrayGroup* StoredPlaces::find(std::string_view path) {
  const io::ArrayGroup* group = &file_;
  while (group && !path.empty()) {
    const std::size_t slash = path.find('/');
    group = find_child(*group, path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return group;
}

// One step down, where releases call the same attribute by a public name and by one with '_' in front.
const io::ArrayGroup* StoredPlaces::find_child(const io::ArrayGroup& group, std::string_view name) {
  if (const io::ArrayGroup* found = find_named(group, name)) return found;
  if (name == "layers") return find_named(group, old_list_of_layers);
  return name.starts_with('_') ? find_named(group, name.substr(1)) : find_named(group, '_' + std::string(name));
}

const io::ArrayGroup* StoredPlaces::find_named(const io::ArrayGroup& group, std::string_view name) {
  const auto [known, is_new] = children_.try_emplace(&group);
  if (is_new) {
    for (const io::NamedGroup& each : group.groups) known->second.emplace(each.first, &each.second);
  }
  const auto found = known->second.find(name);
  return found == known->second.end() ? nullptr : found->second;
}

}  // namespace xtape::saving
