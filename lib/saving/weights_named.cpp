#include "saving/weights_named.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>
#include <xtape/models/model_impl.hpp>

#include "saving/counted_names.hpp"

namespace xtape::saving {
namespace {

using Names = std::vector<std::string>;

std::string name_of(const layers::Variable& variable) { return variable.path.substr(variable.path.find('/') + 1); }

std::string last_part(const std::string& name) { return name.substr(name.rfind('/') + 1); }

// Where each wanted name is among those that are there; as many as there are for one that is not.
std::vector<std::size_t> places_of(const Names& wanted, const Names& there) {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < there.size(); ++i) places.emplace(there[i], i);
  std::vector<std::size_t> result;
  for (const std::string& name : wanted) {
    const auto found = places.find(name);
    result.push_back(found == places.end() ? there.size() : found->second);
  }
  return result;
}

bool are_called_alike(const Names& a, const Names& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const std::string& x, const std::string& y) { return last_part(x) == last_part(y); });
}

bool are_all_found(const std::vector<std::size_t>& places, const Names& file) {
  return places.size() == file.size() &&
         std::all_of(places.begin(), places.end(), [&](std::size_t place) { return place < file.size(); });
}

// Which weight of the file each of the model gets.
struct Matching {
  std::vector<std::size_t> places;
  // Where names and numbers say otherwise, so that layers could be taken for others.
  std::optional<std::string> problem = std::nullopt;
};

std::string text_of(const Names& names, std::size_t place) {
  return place < names.size() ? '"' + names[place] + '"' : "none";
}

// `alike` counts names, too, that may have been made by a program, as those of a model that is read from JSON: if they
// are all found so. Where layers are missing, names say more, but not if they say otherwise.
Matching matched(const Names& model, const Names& file, const CountedNames& counted, const CountedNames& alike) {
  const std::vector<std::size_t> same = places_of(model, file);
  const auto found = static_cast<std::size_t>(
      std::count_if(same.begin(), same.end(), [&](std::size_t place) { return place < file.size(); }));
  if (found == model.size() && found == file.size()) return {same};
  std::vector<std::size_t> all_counted = places_of(alike.recounted(model), alike.recounted(file));
  if (are_all_found(all_counted, file)) return {all_counted};
  std::vector<std::size_t> recounted = places_of(counted.recounted(model), counted.recounted(file));
  for (std::size_t i = 0; i < model.size(); ++i) {
    if (recounted[i] == file.size() || recounted[i] == all_counted[i]) continue;
    return {{},
            "which layer is which: \"" + model[i] + "\" is " + text_of(file, recounted[i]) +
                " of the file by its name, and counted by class " + text_of(file, all_counted[i])};
  }
  const bool none = found == 0 && std::all_of(recounted.begin(), recounted.end(),
                                              [&](std::size_t place) { return place == file.size(); });
  if (!none || !are_called_alike(model, file)) return {recounted};
  std::vector<std::size_t> in_order;
  for (std::size_t i = 0; i < model.size(); ++i) in_order.push_back(i);
  return {in_order};
}

constexpr const char* cure_of_counts =
    "(layers without names are counted by class; give them names, or take .weights.h5, which goes by places)";

}  // namespace

io::NamedTensors named_weights(const models::Model& model) {
  io::NamedTensors result;
  for (const layers::Variable& variable : model.weights()) {
    result.emplace_back(name_of(variable), variable.value.detach());
  }
  return result;
}

void plan_named_weights(const NamedArrays& file, const models::Model& model, bool skips, WeightsPlan& plan) {
  const std::vector<layers::Variable> variables = model.weights();
  const CountedNames counted(model.impl()), alike(model.impl(), CountedNames::Alike::counted);
  Names names;
  for (const layers::Variable& variable : variables) names.push_back(name_of(variable));
  const auto [places, problem] = matched(names, file.names, counted, alike);
  if (problem) {
    plan.note(*problem);
    return plan.note(cure_of_counts);
  }
  std::vector<bool> taken(file.names.size(), false);
  bool counts_differ = false;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    WeightsPlan part;
    if (places[i] < file.names.size()) {
      taken[places[i]] = true;
      const std::string& name = file.names[places[i]];
      const std::string place = name == names[i] ? name : names[i] + " (" + name + " in the file)";
      const Shape& shape = variables[i].value.shape();
      const io::NpzReader::Array array = file.read(places[i], [&](const Shape& found) { return found == shape; });
      if (array.shape == shape) {
        part.assign(place, variables[i].value, array.values);
      } else {
        part.note_other_shape(place, shape, array.shape);
      }
    } else {
      part.note_missing(names[i], variables[i].value.shape());
      counts_differ = counts_differ || alike.are_in(names[i]);
    }
    plan.add(std::move(part), skips, names[i]);
  }
  for (std::size_t i = 0; i < file.names.size(); ++i) {
    if (taken[i]) continue;
    WeightsPlan part;
    part.note_extra(file.names[i], file.read(i, [](const Shape&) { return false; }).shape);
    counts_differ = counts_differ || alike.are_in(file.names[i]);
    plan.add(std::move(part), skips, file.names[i]);
  }
  if (counts_differ && !plan.is_right()) {
    plan.note(cure_of_counts);
  }
}

}  // namespace xtape::saving
