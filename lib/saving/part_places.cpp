#include "saving/part_places.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>

#include "saving/state_groups.hpp"
#include "saving/stored_places.hpp"

namespace xtape::saving {
namespace {

using layers::LayerImpl;
using Names = std::vector<std::string>;

bool looks_automatic(const LayerImpl& layer) {
  return detail::number_in_name(layer.name(), detail::to_snake_case(layer.class_name())).has_value();
}

// visit(layer, the names from the model to it) for each layer that has others.
template <class Visit>
class Walk {
 public:
  explicit Walk(const Visit& visit) : visit_(visit) {}

  void go(LayerImpl& layer) {
    if (layer.parts().empty() || !seen_.insert(&layer).second) return;
    visit_(layer, names_);
    for (const auto& part : layer.parts()) {
      names_.push_back(part->name());
      go(*part);
      names_.pop_back();
    }
  }

 private:
  const Visit& visit_;
  Names names_;
  std::unordered_set<const LayerImpl*> seen_;
};

Names behind(Names names, const std::string& name) {
  names.push_back(name);
  return names;
}

constexpr const char* expected = "part_places: expected lists of names, each with the place of a layer, given ";

std::pair<Names, std::string> read(const Config& entry) {
  const auto fail = [&] { throw FormatError(expected + entry.str().substr(0, 200)); };
  if (!entry.is_list() || entry.list().size() != 2) fail();
  const Config &path = entry.list()[0], &place = entry.list()[1];
  if (!path.is_list() || !place.is_text() || place.text().empty()) fail();
  if (place.text() != list_of_layers && place.text().find('/') != std::string::npos) fail();
  Names names;
  for (const Config& name : path.list()) {
    if (!name.is_text()) fail();
    names.push_back(name.text());
  }
  return {std::move(names), place.text()};
}

class Settling {
 public:
  Settling(const io::ArrayGroup& file, bool names_are_of_file) : places_(file), names_are_of_file_(names_are_of_file) {}

  void visit(LayerImpl& layer, const std::string& path) {
    const io::ArrayGroup* const stored = places_.find(path);
    if (layer.parts().empty() || !stored || !seen_.insert(&layer).second) return;
    settle(layer, *stored);
    const std::vector<std::optional<std::string>> places = places_of_parts(layer);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i]) visit(*layer.parts()[i], joined(path, *places[i]));
    }
  }

 private:
  // The name of the layer that has its weights there; null where the file does not say it.
  static const std::string* name_beside(const io::ArrayGroup& group) {
    const io::ArrayGroup* const values = group.find_group("vars");
    return values ? values->find_attribute_of<std::string>("name") : nullptr;
  }

  void settle(LayerImpl& layer, const io::ArrayGroup& stored) const {
    std::unordered_map<std::string, std::string> places;
    for (const io::NamedGroup& group : stored.groups) {
      const std::string* const name = name_beside(group.second);
      if (!name) continue;
      if (names_are_of_file_ ||
          (group.first == *name && !group.second.find_group("vars")->find_attribute(counted_attribute))) {
        places.emplace(*name, group.first);
      }
    }
    const io::ArrayGroup* const list = has_list_of_layers(layer) ? stored.find_group("layers") : nullptr;
    if (list && names_are_of_file_) {
      for (const io::NamedGroup& group : list->groups) {
        if (const std::string* const name = name_beside(group.second)) places.emplace(*name, list_of_layers);
      }
    }
    for (std::size_t i = 0; i < layer.parts().size(); ++i) {
      LayerImpl& part = *layer.parts()[i];
      const auto found = places.find(part.name());
      if (part.has_config() && layer.has_place_by_name(i) && found != places.end()) {
        layer.keep_part_at(i, found->second);
      }
    }
  }

  StoredPlaces places_;
  const bool names_are_of_file_;
  std::unordered_set<const LayerImpl*> seen_;
};

}  // namespace

Config part_places_of(const LayerImpl& model) {
  Config::List result;
  const auto note = [&](const LayerImpl& layer, const Names& names) {
    const std::vector<std::optional<std::string>> places = attributes_of_parts(layer);
    for (std::size_t i = 0; i < places.size(); ++i) {
      const LayerImpl& part = *layer.parts()[i];
      if (!layer.has_place_by_name(i) || (places[i] == part.name() && !looks_automatic(part))) continue;
      const Names path = behind(names, part.name());
      const bool is_in_list = layer.place_of_part(i) == list_of_layers;
      result.push_back(Config::List{Config::List(path.begin(), path.end()), is_in_list ? list_of_layers : *places[i]});
    }
  };
  Walk(note).go(const_cast<LayerImpl&>(model));  // which is only looked at
  return result;
}

void follow_part_places(const Config& places, LayerImpl& model) {
  if (!places.is_list()) throw FormatError(expected + places.str().substr(0, 200));
  constexpr std::size_t most = 1 << 18;
  if (places.list().size() > most) {
    throw FormatError("part_places: expected at most " + std::to_string(most) + " layers, given more");
  }
  std::map<Names, std::string> by_names;
  for (const Config& entry : places.list()) by_names.insert(read(entry));
  const auto follow = [&](LayerImpl& layer, const Names& names) {
    bool any = false;
    for (std::size_t i = 0; i < layer.parts().size(); ++i) {
      const LayerImpl& part = *layer.parts()[i];
      if (!part.has_config() || !layer.has_place_by_name(i)) continue;
      const auto found = by_names.find(behind(names, part.name()));
      if (found == by_names.end()) continue;
      layer.keep_part_at(i, found->second);
      any = true;
    }
    if (!any) return;
    const std::vector<std::optional<std::string>> known = attributes_of_parts(layer);
    std::unordered_map<std::string, const LayerImpl*> taken;
    for (std::size_t i = 0; i < known.size(); ++i) {
      const LayerImpl* const part = layer.parts()[i].get();
      if (!known[i] || taken.try_emplace(*known[i], part).first->second == part) continue;
      throw FormatError("part_places: two layers in \"" + layer.name() + "\" are said to be at \"" + *known[i] + '"');
    }
  };
  Walk(follow).go(model);
}

void settle_part_places(const io::ArrayGroup& file, LayerImpl& model, bool names_are_of_file) {
  Settling(file, names_are_of_file).visit(model, "");
}

}  // namespace xtape::saving
