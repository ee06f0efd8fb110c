#include "saving/counted_names.hpp"

#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <xtape/detail/names.hpp>

namespace xtape::saving {

CountedNames::CountedNames(const layers::LayerImpl& model, Alike alike) {
  const bool is_bidirectional = model.class_name() == "Bidirectional";
  for (const auto& part : model.parts()) collect(*part, alike, is_bidirectional);
}

void CountedNames::collect(const layers::LayerImpl& layer, Alike alike, bool in_bidirectional) {
  const std::string kind = detail::to_snake_case(layer.class_name());
  const bool is_alike = alike == Alike::counted && detail::number_in_name(layer.name(), kind);
  // A Bidirectional calls its layers by that which it was given.
  const std::string directed[] = {"forward_" + kind, "backward_" + kind};
  const bool is_directed = in_bidirectional && (detail::number_in_name(layer.name(), directed[0]) ||
                                                detail::number_in_name(layer.name(), directed[1]));
  if (is_directed) {
    kinds_.insert({directed[0], directed[1]});
  } else if (layer.has_own_name() && !is_alike) {
    given_.insert(layer.name());
  } else {
    kinds_.insert(kind);
  }
  const bool is_bidirectional = layer.class_name() == "Bidirectional";
  for (const auto& part : layer.parts()) collect(*part, alike, is_bidirectional);
}

CountedNames::Name CountedNames::counted(std::string_view name) const {
  if (given_.contains(name)) return {};
  if (kinds_.contains(name)) return {name, 0};
  const std::size_t underscore = name.rfind('_');
  if (underscore == name.npos || !kinds_.contains(name.substr(0, underscore))) return {};
  const std::string_view kind = name.substr(0, underscore);
  const std::optional<uint64_t> number = detail::number_in_name(name, kind);
  return number ? Name{kind, *number} : Name{};
}

// What stands before each '/', and behind the last one the name of the weight: that is no layer.
template <class Call>
void CountedNames::for_each_layer(std::string_view path, const Call& call) const {
  for (std::size_t slash = path.find('/'); slash != path.npos; slash = path.find('/')) {
    const std::string_view name = path.substr(0, slash);
    call(name, counted(name));
    path.remove_prefix(slash + 1);
  }
}

bool CountedNames::are_in(const std::string& path) const {
  bool found = false;
  for_each_layer(path, [&](std::string_view, const Name& name) { found = found || !name.kind.empty(); });
  return found;
}

std::vector<std::string> CountedNames::recounted(const std::vector<std::string>& paths) const {
  std::map<std::string_view, std::map<uint64_t, std::size_t>> numbers;
  for (const std::string& path : paths) {
    for_each_layer(path, [&](std::string_view, const Name& name) {
      if (!name.kind.empty()) numbers[name.kind].emplace(name.number, 0);
    });
  }
  for (auto& [kind, of_kind] : numbers) {
    std::size_t count = 0;
    for (auto& [number, place] : of_kind) place = count++;
  }
  std::vector<std::string> result;
  for (const std::string& path : paths) {
    std::string changed;
    for_each_layer(path, [&](std::string_view text, const Name& name) {
      // No name has a '/'.
      changed += name.kind.empty()
                     ? std::string(text) + '/'
                     : std::string(name.kind) + "//" + std::to_string(numbers[name.kind][name.number]) + '/';
    });
    result.push_back(changed + path.substr(path.rfind('/') + 1));
  }
  return result;
}

}  // namespace xtape::saving
