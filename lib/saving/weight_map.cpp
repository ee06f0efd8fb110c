#include "saving/weight_map.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "saving/torch_conversion.hpp"

namespace xtape::saving {
namespace {

// "encoder.fc" and "encoder/fc" as "encoder_fc".
std::string plain(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '/'; }, '_');
  return name;
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (c == '"' || c == '\\') result += '\\';
    result += is_control ? '?' : c;
  }
  return result + '"';
}

std::string shapes_of(const TorchModule& module) {
  std::string text;
  for (const auto& [name, tensor] : module.tensors) {
    text += (text.empty() ? "" : ", ") + quoted(name) + ' ' + tensor.shape().str();
  }
  return text;
}

std::string shapes_of(const WeightedLayer& layer) {
  std::string text;
  for (const layers::Variable& variable : weights_of(layer)) {
    text += (text.empty() ? "" : ", ") + variable.name + ' ' + variable.value.shape().str();
  }
  return text;
}

}  // namespace

std::optional<WeightMap> map_by_names(const std::vector<WeightedLayer>& layers,
                                      const std::vector<TorchModule>& modules) {
  if (layers.size() != modules.size()) return std::nullopt;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < modules.size(); ++i) {
    if (modules[i].is_one_of_several || !places.emplace(plain(modules[i].name), i).second) return std::nullopt;
  }
  WeightMap map;
  std::unordered_set<std::size_t> taken;
  for (const WeightedLayer& layer : layers) {
    auto found = places.find(plain(layer.path));
    if (found == places.end()) found = places.find(plain(last_part(layer.path)));
    if (found == places.end() || !taken.insert(found->second).second) return std::nullopt;
    map.emplace_back(found->second);
  }
  return map;
}

std::vector<std::vector<std::size_t>> fitting_modules(const std::vector<WeightedLayer>& layers,
                                                      const std::vector<TorchModule>& modules) {
  std::vector<std::vector<std::size_t>> result(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    for (std::size_t j = 0; j < modules.size(); ++j) {
      if (fits(modules[j], layers[i])) result[i].push_back(j);
    }
  }
  return result;
}

std::optional<WeightMap> map_by_shapes(const std::vector<std::vector<std::size_t>>& fitting, std::size_t modules) {
  if (fitting.size() != modules) return std::nullopt;
  WeightMap map;
  std::unordered_set<std::size_t> taken;
  for (const std::vector<std::size_t>& each : fitting) {
    if (each.size() != 1 || !taken.insert(each[0]).second) return std::nullopt;
    map.emplace_back(each[0]);
  }
  return map;
}

WeightMap proposed_map(const std::vector<std::vector<std::size_t>>& fitting) {
  WeightMap map;
  std::unordered_set<std::size_t> taken;
  for (const std::vector<std::size_t>& each : fitting) {
    const auto found = std::find_if(each.begin(), each.end(), [&](std::size_t i) { return !taken.contains(i); });
    map.push_back(found == each.end() ? std::nullopt : std::optional(*found));
    if (map.back()) taken.insert(*map.back());
  }
  return map;
}

std::string map_text(const std::vector<WeightedLayer>& layers, const std::vector<TorchModule>& modules,
                     const MapRemarks& remarks) {
  std::vector<std::vector<std::size_t>> fitting;
  std::optional<WeightMap> map = map_by_names(layers, modules);
  const bool by_names = map.has_value();
  if (!by_names) {
    fitting = fitting_modules(layers, modules);
    map = proposed_map(fitting);
  }
  // In the order of the modules, which decides for recurrent ones of several layers.
  std::vector<std::optional<std::size_t>> layer_of(modules.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if ((*map)[i]) layer_of[*(*map)[i]] = i;
  }
  std::string text = "{.map = {\n";
  for (std::size_t j = 0; j < modules.size(); ++j) {
    if (!layer_of[j]) {
      text += "    // no layer for " + quoted(modules[j].name) + ": " + shapes_of(modules[j]) + '\n';
      continue;
    }
    const std::size_t i = *layer_of[j];
    text += "    {" + quoted(modules[j].name) + ", " + quoted(layers[i].path) + "},";
    std::string others;
    if (!by_names) {
      for (const std::size_t other : fitting[i]) {
        if (other == j) continue;
        others += (others.empty() ? "  // or " : ", ") +
                  (modules[other].name == modules[j].name ? "another layer of it" : quoted(modules[other].name));
      }
    }
    text += others + '\n';
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if ((*map)[i]) continue;
    const std::string refusal = refusal_of(layers[i]);
    text += "    // no module for " + quoted(layers[i].path) + ": " +
            (refusal.empty() ? shapes_of(layers[i]) : refusal) + '\n';
  }
  text += "}}\n";
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!(*map)[i]) continue;
    for (const std::string& remark : remarks(modules[*(*map)[i]], layers[i])) text += "// " + remark + '\n';
  }
  return text;
}

}  // namespace xtape::saving
