#include "saving/legacy_order.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "saving/counted_names.hpp"

namespace xtape::saving {
namespace {

using Names = std::vector<std::string>;

// What stands behind the layer's name in the path of one of its weights: layers around it are called otherwise in
// another program.
std::string_view path_below(std::string_view path, const std::string& layer) {
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t slash = path.find('/', begin);
    if (slash == path.npos) break;
    if (path.substr(begin, slash - begin) == layer) return path.substr(slash + 1);
    begin = slash + 1;
  }
  return path;
}

// The stored weights in the order of the variables, if both have the same names, each once.
std::optional<NamedWeights> in_order_of_names(const Names& variables, const Names& names, const NamedWeights& stored) {
  std::unordered_map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < names.size(); ++i) by_name.emplace(names[i], i);
  if (by_name.size() != names.size() || variables.size() != names.size()) return std::nullopt;
  NamedWeights result;
  for (const std::string& variable : variables) {
    const auto found = by_name.find(variable);
    if (found == by_name.end()) return std::nullopt;
    result.push_back(stored[found->second]);
    by_name.erase(found);
  }
  return result;
}

// A layer in the nested one, with weights of its own.
struct Owner {
  std::string path;
  // Which they are, in an order that freezing leaves as it is.
  std::vector<std::size_t> weights = {};
  // What they are called, if that counts, and their shapes.
  std::string kinds = {};
};

// In the order of their first weights. `by_name`: those of a layer by what they are called.
std::vector<Owner> owners_of(const Names& names, const std::vector<Shape>& shapes, bool by_name) {
  std::vector<Owner> owners;
  std::unordered_map<std::string, std::size_t> by_path;
  const auto name_of = [&](std::size_t i) { return std::string_view(names[i]).substr(names[i].rfind('/') + 1); };
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t slash = names[i].rfind('/');
    const std::string path = slash == std::string::npos ? "" : names[i].substr(0, slash);
    const auto [known, is_new] = by_path.try_emplace(path, owners.size());
    if (is_new) owners.push_back({path});
    owners[known->second].weights.push_back(i);
  }
  for (Owner& owner : owners) {
    if (by_name) {
      std::stable_sort(owner.weights.begin(), owner.weights.end(),
                       [&](std::size_t a, std::size_t b) { return name_of(a) < name_of(b); });
    }
    for (const std::size_t i : owner.weights) {
      owner.kinds += (by_name ? std::string(name_of(i)) : "") + shapes[i].str();
    }
  }
  return owners;
}

std::map<std::string_view, std::vector<const Owner*>> by_kinds(const std::vector<Owner>& owners) {
  std::map<std::string_view, std::vector<const Owner*>> result;
  for (const Owner& owner : owners) result[owner.kinds].push_back(&owner);
  return result;
}

// The first names in which two paths differ.
std::pair<std::string_view, std::string_view> first_difference(std::string_view a, std::string_view b) {
  for (;;) {
    const std::string_view first = a.substr(0, a.find('/')), second = b.substr(0, b.find('/'));
    if (first != second || first.size() == a.size() || second.size() == b.size()) return {first, second};
    a.remove_prefix(first.size() + 1);
    b.remove_prefix(second.size() + 1);
  }
}

// "dense" and 3 of "dense_3", "conv" and 2 of "conv2"; 0 of a name without a number.
std::pair<std::string_view, uint64_t> numbered(std::string_view name) {
  std::string_view kind = name;
  while (!kind.empty() && kind.back() >= '0' && kind.back() <= '9') kind.remove_suffix(1);
  uint64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data() + kind.size(), end, number);
  if (error != std::errc()) return {name, 0};
  if (kind.ends_with('_')) kind.remove_suffix(1);
  return {kind, number};
}

// Whether names tell that of two layers with the same kinds of weights the first of the file is the first of the model:
// they are called so in both, were counted in this order, or are those of a Bidirectional.
bool are_told(const Owner& first_there, const Owner& second_there, const Owner& first, const Owner& second) {
  using Pair = std::pair<std::string_view, std::string_view>;
  const Pair there = first_difference(first_there.path, second_there.path);
  const Pair here = first_difference(first.path, second.path);
  const auto are_directions = [](const Pair& names) {
    return names.first.starts_with("forward_") && names.second.starts_with("backward_");
  };
  if (there == here || (are_directions(there) && are_directions(here))) return true;
  const auto [kind, number] = numbered(there.first);
  const auto [next_kind, next_number] = numbered(there.second);
  return kind == next_kind && number < next_number;
}

std::string quoted(const std::vector<const Owner*>& owners) {
  constexpr std::size_t most = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(owners.size(), most); ++i)
    text += (i > 0 ? ", \"" : "\"") + owners[i]->path + '"';
  return text + (owners.size() > most ? ", ..." : "");
}

constexpr const char* cure =
    "; call the layers as the file does, or have the weights saved as .weights.h5, which goes by places";

// The stored weights in the order of the layer's own list of variables; nothing where layers have other kinds.
std::optional<OrderedWeights> by_owners(const Names& names, const std::vector<Shape>& shapes, const Names& names_there,
                                        const std::vector<Shape>& shapes_there, const StoredLayer& stored,
                                        bool by_name) {
  const std::vector<Owner> owners = owners_of(names, shapes, by_name);
  const std::vector<Owner> owners_there = owners_of(names_there, shapes_there, by_name);
  const auto kinds = by_kinds(owners), kinds_there = by_kinds(owners_there);
  OrderedWeights result{.weights = NamedWeights(names.size())};
  if (kinds.size() != kinds_there.size()) return std::nullopt;
  for (const auto& [kind, alike] : kinds) {
    const auto found = kinds_there.find(kind);
    if (found == kinds_there.end() || found->second.size() != alike.size()) return std::nullopt;
    const std::vector<const Owner*>& alike_there = found->second;
    for (std::size_t i = 0; i < alike.size(); ++i) {
      if (i > 0 && !stored.is_in_order && !are_told(*alike_there[i - 1], *alike_there[i], *alike[i - 1], *alike[i])) {
        result.problem = "which layer is which in \"" + stored.name + "\": the file has " + quoted(alike_there) +
                         ", the model " + quoted(alike) +
                         ", with weights of the same shapes, in an order that depends on what is frozen" + cure;
        return result;
      }
      for (std::size_t j = 0; j < alike[i]->weights.size(); ++j) {
        result.weights[alike[i]->weights[j]] = stored.weights[alike_there[i]->weights[j]];
      }
    }
  }
  return result;
}

// The paths of weights below the layer, of one that a layer and a part of it list by that in the part, as Keras has it.
void collect_paths(const layers::LayerImpl& layer, const std::string& before,
                   std::unordered_map<const void*, std::string>& paths) {
  for (const layers::Variable& variable : layer.own_weights()) {
    paths.insert_or_assign(variable.value.handle(), before + variable.name);
  }
  for (const auto& part : layer.parts()) collect_paths(*part, before + part->name() + '/', paths);
}

Names names_in_parts(const std::vector<layers::Variable>& variables, const layers::LayerImpl& layer) {
  std::unordered_map<const void*, std::string> paths;
  collect_paths(layer, "", paths);
  Names names;
  for (const layers::Variable& variable : variables) names.push_back(paths.at(variable.value.handle()));
  return names;
}

void collect_kinds(const layers::LayerImpl& layer, std::unordered_map<const void*, bool>& trainable) {
  for (const layers::Variable& variable : layer.own_weights()) {
    trainable.emplace(variable.value.handle(), variable.trainable);
  }
  for (const auto& part : layer.parts()) collect_kinds(*part, trainable);
}

}  // namespace

std::vector<layers::Variable> in_order_unfrozen(const layers::LayerImpl& layer) {
  std::unordered_map<const void*, bool> trainable;
  collect_kinds(layer, trainable);
  std::vector<layers::Variable> all = layer.weights();
  std::stable_partition(all.begin(), all.end(),
                        [&](const layers::Variable& variable) { return trainable.at(variable.value.handle()); });
  return all;
}

OrderedWeights in_order_of(const std::vector<layers::Variable>& variables, const layers::LayerImpl& layer,
                           const StoredLayer& stored) {
  Names names, names_there;
  std::vector<Shape> shapes, shapes_there;
  for (const layers::Variable& variable : variables) {
    names.emplace_back(path_below(variable.path, layer.name()));
    shapes.push_back(variable.value.shape());
  }
  for (const auto& [path, value] : stored.weights) {
    names_there.emplace_back(path_below(path, stored.name));
    shapes_there.push_back(value.shape());
  }
  if (auto ordered = in_order_of_names(names, names_there, stored.weights)) return {*ordered};
  // The order of one layer's own weights is always the same.
  if (layer.parts().empty()) return {stored.weights};
  const CountedNames counted(layer, CountedNames::Alike::counted);
  for (const Names& each : {names, names_in_parts(variables, layer)}) {
    if (auto ordered = in_order_of_names(each, names_there, stored.weights)) return {*ordered};
    if (auto ordered = in_order_of_names(counted.recounted(each), counted.recounted(names_there), stored.weights)) {
      return {*ordered};
    }
  }
  // Layers in the order in which the model has them, whatever is frozen.
  Names in_model;
  std::vector<Shape> shapes_in_model;
  std::unordered_map<const void*, std::size_t> places;
  for (const layers::Variable& variable : in_order_unfrozen(layer)) {
    places.emplace(variable.value.handle(), in_model.size());
    in_model.emplace_back(path_below(variable.path, layer.name()));
    shapes_in_model.push_back(variable.value.shape());
  }
  for (const bool by_name : {true, false}) {
    auto found = by_owners(in_model, shapes_in_model, names_there, shapes_there, stored, by_name);
    if (!found) continue;
    OrderedWeights result{.weights = {}, .problem = std::move(found->problem)};
    for (const layers::Variable& variable : variables) {
      result.weights.push_back(std::move(found->weights[places.at(variable.value.handle())]));
    }
    return result;
  }
  OrderedWeights result{stored.weights};
  // Of other shapes or numbers all are told one by one.
  if (shapes == shapes_there) {
    result.problem = "which weight is which in \"" + stored.name +
                     "\": the file has other layers than the model, with weights of the same shapes" + cure;
  }
  return result;
}

}  // namespace xtape::saving
