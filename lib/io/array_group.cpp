#include "io/array_group.hpp"

#include <algorithm>

namespace xtape::io {
namespace {

template <class Named>
auto* find_named(Named& entries, std::string_view name) {
  const auto place =
      std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == name; });
  return place == entries.end() ? nullptr : &place->second;
}

// The parts of a path before and behind its last '/'.
std::pair<std::string_view, std::string_view> split_last(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {{}, path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// Takes the first part off a path.
std::string_view take_first(std::string_view& path) {
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::string_view first = path.substr(0, slash);
  path.remove_prefix(std::min(slash + 1, path.size()));
  return first;
}

}  // namespace

const ArrayGroup* ArrayGroup::find_group(std::string_view path) const {
  const ArrayGroup* group = this;
  while (group != nullptr && !path.empty()) group = find_named(group->groups, take_first(path));
  return group;
}

const Tensor* ArrayGroup::find_array(std::string_view path) const {
  const auto [folder, name] = split_last(path);
  const ArrayGroup* const group = find_group(folder);
  return group == nullptr ? nullptr : find_named(group->arrays, name);
}

const Attribute* ArrayGroup::find_attribute(std::string_view name) const { return find_named(attributes, name); }

ArrayGroup& ArrayGroup::group_at(std::string_view path) {
  ArrayGroup* group = this;
  while (!path.empty()) {
    const std::string_view name = take_first(path);
    ArrayGroup* next = find_named(group->groups, name);
    if (next == nullptr) next = &group->groups.emplace_back(NamedGroup{std::string(name), {}}).second;
    group = next;
  }
  return *group;
}

void ArrayGroup::add_array(std::string_view path, const Tensor& array) {
  const auto [folder, name] = split_last(path);
  group_at(folder).arrays.emplace_back(name, array);
}

ArrayGroup& GroupTree::at(const std::string& path) {
  ArrayGroup* group = &root_;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const auto [place, is_new] = places_.try_emplace(path.substr(0, end), group->groups.size());
    if (is_new) group->groups.push_back({path.substr(begin, end - begin), {}});
    group = &group->groups[place->second].second;
    begin = end + 1;
  }
  return *group;
}

}  // namespace xtape::io
