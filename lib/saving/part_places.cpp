#include "saving/part_places.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>
#include <xtape/detail/names.hpp>

#include "saving/state_groups.hpp"
#include "saving/stored_places.hpp"

namespace xtape::saving {
namespace {

using layers::LayerImpl;

class Walk {
 public:
  explicit Walk(const io::ArrayGroup& file) : places_(file) {}

  void visit(const LayerImpl& layer, const std::string& path) {
    if (layer.parts().empty() || !places_.find(path) || !seen_.insert(&layer).second) return;
    settle(layer, path);
    const std::vector<std::optional<std::string>> places = places_of_parts(layer);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i]) visit(*layer.parts()[i], joined(path, *places[i]));
    }
  }

 private:
  void settle(const LayerImpl& layer, const std::string& path) {
    const auto& parts = layer.parts();
    const bool any =
        std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part->may_have_automatic_name(); });
    if (!any) return;
    // As if none of the names were given; no part has one of these places by another's name then.
    const std::vector<std::optional<std::string>> counted = places_of_parts(layer);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      LayerImpl& part = *parts[i];
      // One that is tracked, or in a list, has a place whatever it is called.
      if (!part.may_have_automatic_name() || layer.place_of_part(i) != "") continue;
      const bool is_counted = is_of(part, joined(path, *counted[i]));
      if (!is_counted && is_of(part, joined(path, part.name()))) part.keep_by_name();
    }
  }

  // Whether the file says of what is there that it is of a layer of this name.
  bool is_of(const LayerImpl& layer, const std::string& path) {
    const io::ArrayGroup* const values = places_.find(joined(path, "vars"));
    const std::string* const name = values ? values->find_attribute_of<std::string>("name") : nullptr;
    return name && *name == layer.name();
  }

  StoredPlaces places_;
  std::unordered_set<const LayerImpl*> seen_;
};

}  // namespace

bool has_open_places(const LayerImpl& model) {
  for (std::size_t i = 0; i < model.parts().size(); ++i) {
    const LayerImpl& part = *model.parts()[i];
    const std::optional<std::string> place = model.place_of_part(i);
    const std::string kind = detail::to_snake_case(part.class_name());
    if (place == "" || (place == part.name() && detail::number_in_name(part.name(), kind))) return true;
    if (has_open_places(part)) return true;
  }
  return false;
}

void settle_part_places(const io::ArrayGroup& file, LayerImpl& model) { Walk(file).visit(model, ""); }

}  // namespace xtape::saving
